"""Ask two checkouts everything that a reader, a program or staff can ask, and compare the answers.

    same_answers.py record CHECKOUT DATABASE OUT [QUESTIONS]   record answers, from a copy of an SQLite file
    same_answers.py compare OLD NEW   tell what differs between two records

Without QUESTIONS the checkout is crawled and its questions are saved in OUT/questions.json, so that the other
checkout is asked the same. Run it with the checkout's own Python. MOVE_POLICY=1 gives the model Policy the
label that it has since the rooms were made, in the copy and in the addresses of the desk.
"""

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

VARIANTS = 12  # queries asked of one address
ROLES = ["填报员", "审核员", "发布员", "审计员", "规划管理员", ""]
HOST = "plan.example.gov.cn"


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src", "action") and value and tag != "form":
                self.found.append(value)


def set_up(checkout: Path, database: Path):
    os.chdir(checkout)
    sys.path.insert(0, str(checkout))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "hengshui_plan.settings",
        "SECRET_KEY": "a key for comparing alone, of no use anywhere else, fifty letters",
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": f"sqlite:///{database}",
        "API_PER_MINUTE": "0",
        "HTTPS": "0",
        "LOG_LEVEL": "ERROR",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.STATIC_ROOT = tempfile.mkdtemp()
    call_command("collectstatic", verbosity=0, interactive=False)


def prepared(database: Path) -> Path:
    """Return the path of a copy."""
    copy = Path(tempfile.mkdtemp()) / "copy.sqlite3"
    source, target = sqlite3.connect(database), sqlite3.connect(copy)
    source.backup(target)
    target.close()
    return copy


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def normal(content_type: str, body: bytes) -> bytes:
    if content_type.startswith("application/vnd.openxml") or body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = sorted(n for n in archive.namelist() if not n.startswith("docProps/"))
            return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in parts)
    if content_type.startswith("text/html"):
        text = body.decode()
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
        text = re.sub(r"(\.[0-9a-f]{12})(\.(css|js|svg|ico))", r"\2", text)
        text = re.sub(r"/static/[^\"' ]*", lambda m: re.sub(r"\?.*", "", m[0]), text)
        # White space, and none beside a tag.
        text = re.sub(r"\s+", " ", text)
        text = re.sub(r" ?(<[^>]*>) ?", r"\1", text)
        text = re.sub(r"<(/?\w[^<>]*?)\s*>", r"<\1>", text)
        return text.encode()
    return body


def ask(client, question: str, accept: str = "text/html"):
    response = client.get(question, headers={"accept": accept})
    body = body_of(response)
    kind = response.headers.get("Content-Type", "")
    headers = {
        name: value
        for name, value in sorted(response.headers.items())
        if name
        not in ("ETag", "Content-Length", "Date", "Last-Modified", "Location", "Set-Cookie", "Expires")
    }
    if "Location" in response.headers:
        headers["Location"] = response.headers["Location"]
    return response.status_code, kind, headers, body


def clients():
    from django.apps import apps
    from django.contrib.auth.models import Group, User
    from django.test import Client

    Area, AreaAssignment = apps.get_model("targets", "Area"), apps.get_model("targets", "AreaAssignment")
    found = {"visitor": Client(SERVER_NAME=HOST)}
    for place, role in enumerate(ROLES):
        user, _ = User.objects.get_or_create(username=f"compare{place}", defaults={"is_staff": True})
        user.set_unusable_password()
        user.save()
        if role:
            user.groups.set([Group.objects.get_or_create(name=role)[0]])
        if role == "填报员":
            for code in ("131100", "131127"):
                AreaAssignment.objects.get_or_create(user=user, area=Area.objects.get(code=code))
        client = Client(SERVER_NAME=HOST)
        client.force_login(user)
        found[role or "no role"] = client
    root, _ = User.objects.get_or_create(
        username="compareroot", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client(SERVER_NAME=HOST)
    client.force_login(root)
    found["superuser"] = client
    return found


def crawl(client, begin, wanted, shape):
    """Addresses within reach, at most VARIANTS queries of each shape of path."""
    waiting, seen, variants, found = list(begin), set(begin), defaultdict(int), []
    while waiting:
        question = waiting.pop(0)
        found.append(question)
        status, kind, _, body = ask(client, question)
        if status != 200 or not kind.startswith("text/html"):
            continue
        links = Links()
        links.feed(body.decode())
        for link in links.found:
            url = urlsplit(urljoin(f"http://{HOST}{question}", link))
            if url.netloc != HOST:
                continue
            address = url.path + (f"?{url.query}" if url.query else "")
            if address in seen or not wanted(url.path):
                continue
            key = shape(url.path), bool(url.query)
            if variants[key] >= (VARIANTS if url.query else 60):
                continue
            variants[key] += 1
            seen.add(address)
            waiting.append(address)
    return found


def api_questions(client):
    _, _, _, body = ask(client, "/api/v1/schema/?format=json", "application/json")
    schema = json.loads(body)
    found = ["/api/v1/schema/?format=json", "/api/v1/schema/", "/api/v1/"]
    for path, operations in schema["paths"].items():
        get = operations.get("get")
        if not get:
            continue
        if "{" not in path:
            found.append(path)
            names = {p["name"]: p for p in get.get("parameters", [])}
            for form in names.get("format", {}).get("schema", {}).get("enum", []):
                found.append(f"{path}?format={form}")
            if "page_size" in names:
                found += [f"{path}?page_size=1000", f"{path}?page=2&page_size=5"]
            if "cursor" in names:
                found += [f"{path}?cursor=&page_size=7"]
            for order in names.get("ordering", {}).get("schema", {}).get("items", {}).get(
                "enum", []
            ) or names.get("ordering", {}).get("schema", {}).get("enum", []):
                found.append(f"{path}?ordering={order}&page_size=20")
            for name, parameter in names.items():
                for value in (parameter.get("schema", {}).get("enum") or [])[:40]:
                    if name not in ("format", "ordering", "fields"):
                        found.append(
                            f"{path}?{name}={value}&page_size=20"
                            if "page_size" in names
                            else f"{path}?{name}={value}"
                        )
            found += [
                f"{path}?search=企业",
                f"{path}?updated_since=2018-01-01T00:00:00Z",
                f"{path}?nonsense=1",
            ]
    for path in list(schema["paths"]):
        if "{" in path:
            stem = path.split("{")[0]
            _, _, _, body = ask(client, f"{stem}?page_size=1000", "application/json")
            try:
                rows = json.loads(body).get("results", [])
            except ValueError:
                continue
            name = re.search(r"{(\w+)}", path)[1]
            tail = path.split("}")[1]
            for row in rows[:80]:
                value = row.get(name, row.get("code", row.get("indicator")))
                value = value.get("code") if isinstance(value, dict) else value
                if value is not None:
                    found.append(f"{stem}{value}{tail}")
            found.append(f"{stem}nothing{tail}")
    for period in ("2017", "2018", "2018-H1", "2018-Q3", "2020"):
        for area in ("131100", "131127", "131103"):
            found.append(f"/api/v1/plans/sti-13/progress/?period={period}&area={area}&page_size=1000")
            for form in ("csv", "xlsx", "jsonstat"):
                found.append(f"/api/v1/plans/sti-13/progress/?period={period}&area={area}&format={form}")
        found += [f"/api/v1/plans/sti-13/progress/I{n:02}/?period={period}" for n in range(1, 27)]
    found += ["/api/v1/plans/sti-13/datapackage.json", "/api/v1/plans/sti-13/stratml.xml"]
    found += [
        f"/api/v1/plans/sti-13/csv/{n}.csv"
        for n in (
            "baselines",
            "baseline-facts",
            "targets",
            "observations",
            "progress",
            "assessments",
            "indicators",
        )
    ]
    return list(dict.fromkeys(found))


def public_questions(client):
    _, _, _, body = ask(client, "/sitemap.xml")
    begin = [urlsplit(found).path for found in re.findall(r"<loc>([^<]*)</loc>", body.decode())]
    begin += [
        "/",
        "/sti-13/",
        "/search/?q=企业",
        "/search/?q=绿色",
        "/search/?q=滞后",
        "/search/?q=I13",
        "/search/?q=",
        "/robots.txt",
        "/sitemap.xml",
        "/sti-13/feed/",
        "/favicon.ico",
        "/nothing/",
        "/sti-13/indicators/nothing/",
        "/sti-13/text/?corrected=1",
        "/sti-13/indicators/?period=1900",
    ]
    begin += [
        f"/sti-13/indicators/I{n:02}/{tail}"
        for n in range(1, 27)
        for tail in ("", "chart.svg", "?period=2018&area=131127")
    ]
    begin += [f"/sti-13/embed/indicator/I{n:02}/?period=2018&area=131127" for n in range(1, 27)]
    begin += [
        f"/sti-13/areas/{c}/?period={p}"
        for c in ("131100", "131127", "131103", "131121")
        for p in ("2016", "2018", "2018-H1", "2019")
    ]
    begin += [f"/sti-13/compare/?indicator=I{n:02}&period=2018" for n in range(1, 27)]
    begin += [
        "/sti-13/compare/?period=2018&format=csv",
        "/sti-13/compare/?period=2018&format=xlsx",
        "/sti-13/compare/?indicator=I13&format=csv",
    ]
    return crawl(
        client,
        list(dict.fromkeys(begin)),
        lambda path: not path.startswith(("/admin", "/api", "/static")),
        lambda path: path,
    )


def desk_questions(client):
    def wanted(path):
        return path.startswith("/admin/") and not re.search(
            r"logout|/export/|evidence/\d|jsi18n|autocomplete", path
        )

    return crawl(client, ["/admin/"], wanted, lambda path: re.sub(r"\d+", "N", path))


def record(checkout, database, out, questions=None):
    out = Path(out).resolve()
    database = prepared(Path(database).resolve())
    questions = questions and json.loads(Path(questions).read_text())
    set_up(Path(checkout).resolve(), database)
    from django.conf import settings

    settings.MEDIA_ROOT = tempfile.mkdtemp()
    if os.environ.get("MOVE_POLICY"):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE django_content_type SET app_label = 'targets'"
                " WHERE model IN ('policy', 'historicalpolicy')"
            )
    everyone = clients()
    visitor = everyone["visitor"]
    if questions is None:
        questions = {"public": public_questions(visitor), "api": api_questions(visitor)}
        questions |= {
            f"desk {role}": desk_questions(client) for role, client in everyone.items() if role != "visitor"
        }
    shutil.rmtree(out, ignore_errors=True)
    (out / "bodies").mkdir(parents=True)
    (out / "questions.json").write_text(json.dumps(questions, ensure_ascii=False, indent=0))
    answers = {}
    for group, asked in questions.items():
        client = everyone[group.removeprefix("desk ")] if group.startswith("desk") else visitor
        for question in asked:
            if os.environ.get("MOVE_POLICY"):
                question_now = question.replace("/admin/measures/policy", "/admin/targets/policy")
            else:
                question_now = question
            accept = "application/json" if group == "api" else "text/html"
            status, kind, headers, body = ask(client, question_now, accept)
            body = normal(kind, body)
            name = hashlib.sha256(f"{group} {question}".encode()).hexdigest()[:20]
            (out / "bodies" / name).write_bytes(body)
            answers[f"{group} {question}"] = [status, hashlib.sha256(body).hexdigest(), headers, name]
    (out / "answers.json").write_text(json.dumps(answers, ensure_ascii=False, indent=0))
    for group in questions:
        print(group, len(questions[group]))


def without_sidebar(body):
    return re.sub(rb'<nav [^>]*id="nav-sidebar".*?</nav>', b"", body, flags=re.S)


def compare(old, new):
    ours, theirs = (json.loads((Path(d) / "answers.json").read_text()) for d in (old, new))
    assert ours.keys() == theirs.keys(), "not the same questions"
    counts = defaultdict(lambda: defaultdict(int))
    rows = []
    for question, (status, digest, headers, name) in ours.items():
        status2, digest2, headers2, _ = theirs[question]
        group = question.split(" /")[0]
        counts[group]["asked"] += 1
        what = []
        if status != status2:
            what.append("status")
        if digest != digest2:
            one, two = ((Path(d) / "bodies" / name).read_bytes() for d in (old, new))
            if without_sidebar(one) != without_sidebar(two):
                what.append("body")
        if headers != headers2:
            what.append("headers")
        for label in what:
            counts[group][label] += 1
        if what:
            rows.append((question, "+".join(what), status, status2, name))
    for group, found in counts.items():
        print(group, dict(found))
    shown = defaultdict(int)
    for row in rows:
        group = row[0].split(" /")[0]
        shown[group] += 1
        if shown[group] <= 8:
            print("  ", *row)
    return bool(rows)


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(*sys.argv[2:])
    else:
        sys.exit(compare(*sys.argv[2:]))
