"""Files of evidence: identified by content, stored without a name, sent to users who may see the row."""

import hashlib
import re
import stat
from contextlib import closing, suppress
from html import unescape
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from targets import review
from targets.models import AccessEntry, Evidence, EvidenceFile
from targets.review.roles import Role
from targets.spreadsheets import file_types
from tests.api import rows
from tests.database import database
from tests.make import STRANGERS, assess, bring_to, enter, open_desk, person, submit
from tests.outcomes import faults, refusal
from tests.papers import MAIN, REAL, archive, listed, office, pdf, png, upload
from tests.shipped import shipped

FILL = {"observation": enter, "assessment": assess}
BOTH = pytest.mark.parametrize("fill", FILL.values(), ids=FILL)
PAPER = {"title": "认定文件", "source": "冀科高〔2018〕5号", "url": "https://kjt.example.gov.cn/5.html"}
MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return settings.EVIDENCE_DIR


@pytest.fixture
def desk(plan):
    return opened_desk()


def opened_desk():
    desk = open_desk()
    desk.auditor = person("审计丁", Role.AUDITOR)
    desk.editor = person("规划戊", Role.PLAN_EDITOR)
    desk.stranger = person("外县己", Role.REPORTER, areas=["131121"])
    desk.nobody = person("无职庚")
    desk.chief = person("超管辛", is_superuser=True)
    User.objects.update(is_staff=True)
    desk.visitor = person("外人壬", Role.REVIEWER)
    return desk


def attach(desk, row, content=REAL["pdf"], name="认定文件.pdf", *, by=None, version=None, **values):
    file = upload(content, name)
    paper = review.attach(row, by=by or desk.reporter, version=version, file=file, **PAPER | values)
    row.refresh_from_db()
    return paper


def hand_in(client, row, content, name, **values):
    """Post the real form with a chosen file."""
    posted = {"act": "attach", "version": row.version, **PAPER, "file": upload(content, name)} | values
    return client.post(reverse("admin:report", args=["sti-13", row._meta.model_name, row.pk]), posted)


def door(paper: Evidence) -> str:
    return f"/admin/sti-13/evidence/{paper.pk}/"


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def ask(client, paper: Evidence, **where):
    """Return the answer with its content as `gave`; reading it to the end closes the file."""
    answer = client.get(door(paper), **where)
    answer.gave = b"".join(answer)
    return answer


# Accepted files


@pytest.mark.parametrize("kind", REAL)
@BOTH
def test_a_file_of_each_kind_is_stored_and_downloaded_unchanged(desk, logged_in, folder, fill, kind):
    row, here = fill(desk), logged_in(desk.reporter)
    assert hand_in(here, row, REAL[kind], f"认定文件.{kind}").status_code == 302
    [paper] = row.evidence.select_related("file")
    assert (paper.file.name, paper.file.kind, paper.file.size) == (
        f"认定文件.{kind}",
        kind,
        len(REAL[kind]),
    )
    assert {name: getattr(paper, name) for name in PAPER} == PAPER
    assert ask(here, paper).gave == REAL[kind]


def test_files_on_disk_have_no_name_or_kind_and_are_private(desk, folder):
    file = attach(desk, enter(desk)).file
    assert kept(folder) == [file.pk.hex]
    assert (UUID(kept(folder)[0]).version, file.sha256) == (
        4,
        hashlib.sha256(REAL["pdf"]).hexdigest(),
    )
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / file.pk.hex)]
    assert modes == [0o700, 0o600]


def test_the_same_content_is_stored_twice(desk, folder):
    row = enter(desk)
    names = {attach(desk, row).file.pk.hex, attach(desk, row).file.pk.hex}
    assert (len(names), set(kept(folder))) == (2, names)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("扫描件.PDF", "扫描件.PDF"),
        ("C:\\资料\\认定 文件.pdf", "认定 文件.pdf"),
        ("../../资料/认定文件.pdf", "认定文件.pdf"),
        ("认定\n文件\t1.pdf", "认定 文件 1.pdf"),
        ("长" * 250 + ".pdf", "长" * 196 + ".pdf"),
        ("x.exe.pdf", "x.exe.pdf"),
    ],
)
def test_the_file_name_is_cleaned_and_shortened(desk, name, said):
    file = upload(REAL["pdf"], "x")
    file._name = name.rpartition("/")[2].rpartition("\\")[2]
    assert review.attach(enter(desk), by=desk.reporter, file=file, **PAPER).file.name == said


@pytest.mark.parametrize("name", ["照片.jpg", "照片.JPEG"])
def test_both_endings_of_a_picture_are_accepted(desk, name):
    assert attach(desk, enter(desk), REAL["jpg"], name).file.kind == "jpg"


def test_a_file_above_the_memory_limit_is_accepted_too(desk, logged_in, folder):
    row, content = enter(desk), REAL["pdf"] + b"\n" * 3 * MEGABYTE
    assert hand_in(logged_in(desk.reporter), row, content, "大.pdf").status_code == 302
    file = row.evidence.get().file
    assert ((folder / file.pk.hex).read_bytes() == content, file.size) == (True, len(content))
    assert stat.S_IMODE((folder / file.pk.hex).stat().st_mode) == 0o600


def test_a_file_of_exactly_the_limit_is_accepted(desk, settings):
    settings.UPLOAD_MAX_MB = 1
    content = REAL["pdf"].ljust(MEGABYTE, b"\n")
    assert attach(desk, enter(desk), content).file.size == MEGABYTE


def test_evidence_without_a_file_is_still_accepted(desk, logged_in, folder):
    row, here = enter(desk), logged_in(desk.reporter)
    posted = {"act": "attach", "version": 1, **PAPER}
    assert (
        here.post(reverse("admin:report", args=["sti-13", "observation", row.pk]), posted).status_code == 302
    )
    assert (row.evidence.get().file, kept(folder), here.get(door(row.evidence.get())).status_code) == (
        None,
        [],
        404,
    )


@pytest.mark.parametrize("kind", MAIN)
def test_an_office_file_may_declare_its_main_part_by_the_ending(kind):
    name, main = MAIN[kind]
    parts = {"[Content_Types].xml": listed(defaults=[("xml", main)]), name: "<a/>"}
    assert file_types.kind_of(BytesIO(archive(parts))) == kind


def test_an_office_file_may_hold_pictures_and_unpacked_parts():
    more = {"word/media/vba.png": png(), "docProps/core.xml": "<a/>"}
    assert file_types.kind_of(BytesIO(office("docx", more, packing=0))) == "docx"


# Refused files

VBA = "application/vnd.ms-office.vbaProject"
MACRO_MAIN = {
    "xlsm": ("xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
}
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


def with_list(text: str | bytes) -> bytes:
    return archive({"[Content_Types].xml": text, "word/document.xml": "<a/>"})


def locked_entry() -> bytes:
    """Set the flag of encryption in the directory and before the entry, as if there were a password."""
    content = bytearray(office("docx"))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def doubled() -> bytes:
    content = office("docx", {"[content_types].xml": listed(MACRO_MAIN["docm"])})
    return content


REFUSED = {
    "empty": (b"", "空.pdf", "文件是空的，请核对后重新选择。"),
    "text": ("认定文件".encode(), "认定文件.pdf", file_types.UNKNOWN),
    "a web page": (b"<!doctype html><script>alert(1)</script>", "认定文件.pdf", file_types.UNKNOWN),
    "a drawing with script": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.png", file_types.UNKNOWN),
    "a program": (b"MZ\x90\0" + b"\0" * 60, "认定文件.pdf", file_types.UNKNOWN),
    "another picture": (b"GIF89a\1\0\1\0\0\0\0;", "图.png", file_types.UNKNOWN),
    "a PDF after a blank line": (b"\n" + REAL["pdf"], "认定文件.pdf", file_types.UNKNOWN),
    "a text after a picture": (b"GIF89a" + REAL["docx"], "认定文件.docx", file_types.UNKNOWN),
    "half a signature": (b"%PDF-", "认定文件.pdf", file_types.UNKNOWN),
    "a picture that says no more": (b"\x89PNG\r\n\x1a\n", "图.png", file_types.UNKNOWN),
    "Office before 2007": (file_types.OLD_OFFICE + b"\0" * 504, "认定文件.docx", file_types.OLD),
    "an archive": (archive({"认定文件.pdf": REAL["pdf"]}), "认定文件.docx", file_types.UNKNOWN),
    "slides": (with_list(listed(("word/document.xml", SLIDES))), "认定文件.docx", file_types.UNKNOWN),
    "a list without its main part": (
        archive({"[Content_Types].xml": listed(MAIN["docx"]), "a.xml": "<a/>"}),
        "认定文件.docx",
        file_types.UNKNOWN,
    ),
    "table and text at once": (
        office("docx", {"xl/workbook.xml": "<a/>"}, [MAIN["xlsx"]]),
        "认定文件.docx",
        file_types.UNKNOWN,
    ),
    "a table with macros": (
        archive({"[Content_Types].xml": listed(MACRO_MAIN["xlsm"]), "xl/workbook.xml": "<a/>"}),
        "认定文件.xlsx",
        file_types.WITH_MACROS,
    ),
    "a text with macros": (
        archive({"[Content_Types].xml": listed(MACRO_MAIN["docm"]), "word/document.xml": "<a/>"}),
        "认定文件.docx",
        file_types.WITH_MACROS,
    ),
    "macros that are not declared": (
        office("docx", {"word/VBAProject.bin": b"\0"}),
        "认定文件.docx",
        file_types.WITH_MACROS,
    ),
    "macros under another name": (
        office("xlsx", {"xl/a.bin": b"\0"}, [("xl/a.bin", VBA)]),
        "认定文件.xlsx",
        file_types.WITH_MACROS,
    ),
    "something before the archive's directory": (
        REAL["docx"].replace(b"PK\x01\x02", b"\0PK\x01\x02", 1),
        "认定文件.docx",
        file_types.BROKEN,
    ),
    "an archive after another": (REAL["xlsx"] + REAL["docx"], "认定文件.docx", file_types.BROKEN),
    "something after the archive": (REAL["docx"] + b"<script>", "认定文件.docx", file_types.BROKEN),
    "half an archive": (REAL["docx"][: len(REAL["docx"]) // 2], "认定文件.docx", file_types.BROKEN),
    "the beginning of an archive": (b"PK\x03\x04", "认定文件.docx", file_types.BROKEN),
    "two lists of parts": (doubled(), "认定文件.docx", file_types.BROKEN),
    "a part with a password": (locked_entry(), "认定文件.docx", file_types.BROKEN),
    "a rare way of packing": (office("docx", packing=14), "认定文件.docx", file_types.BROKEN),
    "entities": (with_list(ENTITIES), "认定文件.docx", file_types.BROKEN),
    "entities in another writing": (with_list(ENTITIES.encode("utf-16")), "认定文件.docx", file_types.BROKEN),
    "a list that is none": (with_list("认定文件"), "认定文件.docx", file_types.BROKEN),
    "a list without end": (with_list(" " * (file_types.LISTED + 1)), "认定文件.docx", file_types.TOO_LARGE),
    "too many parts": (
        office("docx", {f"{number}.xml": "" for number in range(file_types.ENTRIES)}),
        "认定文件.docx",
        file_types.TOO_LARGE,
    ),
    "parts with names without end": (
        office("docx", {f"{number}{'a' * 60_000}": "" for number in range(20)}),
        "认定文件.docx",
        file_types.TOO_LARGE,
    ),
    "a text under the name of a PDF": (
        REAL["docx"],
        "认定文件.pdf",
        "文件的内容是 docx，名称却以“.pdf”结尾。请核对是否选错；没有选错的，请把扩展名改为“.docx”后再传。",
    ),
    "a PDF under the name of a web page": (
        REAL["pdf"],
        "认定文件.html",
        "文件的内容是 pdf，名称却以“.html”结尾。请核对是否选错；没有选错的，请把扩展名改为“.pdf”后再传。",
    ),
    "a name without ending": (
        REAL["png"],
        "照片",
        "文件的内容是 png，名称却没有扩展名。请核对是否选错；没有选错的，请把扩展名改为“.png”后再传。",
    ),
}


@pytest.mark.parametrize(("content", "name", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_forbidden_file_is_refused_at_the_field_and_nothing_is_stored(
    desk, folder, content, name, sentence
):
    assert faults(attach, desk, enter(desk), content, name) == {"file": [sentence]}
    assert kept(folder) == []


def test_a_file_that_unpacks_to_too_much_is_refused_before_reading():
    content = office("xlsx", {"xl/sheet.xml": b"\0" * (file_types.UNPACKED + 1)})
    assert len(content) < MEGABYTE
    with pytest.raises(file_types.NotTaken, match=file_types.TOO_LARGE):
        file_types.kind_of(BytesIO(content))


def test_a_file_name_with_invisible_characters_is_refused(desk):
    file = upload(REAL["pdf"], "x")
    file._name = "认定\x00文件.pdf"
    assert faults(review.attach, enter(desk), by=desk.reporter, file=file, **PAPER) == {
        "file": ["含有看不见的控制字符，请删去后重新填写。"]
    }


@pytest.mark.parametrize(("extra", "size"), [(1, "1.1"), (MEGABYTE, "2.0")])
def test_the_refusal_of_a_large_file_names_the_limit_and_its_size(desk, settings, folder, extra, size):
    settings.UPLOAD_MAX_MB = 1
    content = REAL["pdf"].ljust(MEGABYTE + extra, b"\n")
    assert faults(attach, desk, enter(desk), content) == {
        "file": [f"文件有 {size} MB，超过 1 MB 的上限。请压缩或拆分后再传，或者只填链接。"]
    }
    assert kept(folder) == []


def test_bytes_beyond_the_limit_are_counted_and_not_stored(settings):
    settings.UPLOAD_MAX_MB = 4
    posted = {"file": upload(b"x" * 9 * MEGABYTE, "大.pdf")}
    with closing(RequestFactory().post("/", posted)) as request:
        [file] = request.FILES.values()
        assert (file.size, 4 * MEGABYTE <= len(file.read()) < 5 * MEGABYTE) == (9 * MEGABYTE, True)


def test_too_many_files_are_refused_before_reading(client, db):
    posted = {name: upload(REAL["pdf"], "a.pdf") for name in ("a", "b")}
    assert client.post("/admin/login/", posted).status_code == 400


@given(st.sampled_from(["xlsx", "docx"]), st.data())
def test_a_damaged_file_is_accepted_or_refused_without_an_error(kind, data):
    content = bytearray(REAL[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(file_types.NotTaken):
        assert file_types.kind_of(BytesIO(content)) in {"xlsx", "docx"}


@given(st.binary(max_size=400))
def test_a_faulty_list_of_parts_is_refused(text):
    with pytest.raises(file_types.NotTaken):
        file_types.kind_of(BytesIO(with_list(text)))


# At the desk


def test_a_refused_file_keeps_the_typed_text_and_asks_to_choose_again(desk, logged_in, folder):
    row, here = enter(desk), logged_in(desk.reporter)
    answer = hand_in(here, row, b"x", "认定文件.pdf")
    assert answer.context["form"].errors == {"file": [file_types.UNKNOWN]}
    html = answer.content.decode()
    assert all(f'value="{value}"' in html for value in PAPER.values())
    assert "浏览器不会保留选好的文件" in html
    assert (row.evidence.count(), kept(folder)) == (0, [])
    assert "浏览器不会保留选好的文件" not in here.get(answer.request["PATH_INFO"]).content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"), [({"version": "7"}, "填报甲 已于"), ({"title": " "}, "该字段是必填项。")]
)
def test_a_fault_in_another_field_discards_the_file_too(desk, logged_in, folder, wrong, said):
    row, here = enter(desk), logged_in(desk.reporter)
    before = database()
    answer = hand_in(here, row, REAL["pdf"], "认定文件.pdf", **wrong)
    assert (said in words(answer), "如要传文件，请重新选择" in words(answer)) == (True, True)
    assert (database(), kept(folder)) == (before, [])


@pytest.mark.parametrize("who", STRANGERS)
def test_only_the_reporter_adds_a_file(desk, logged_in, folder, who):
    row = enter(desk)
    answer = hand_in(logged_in(getattr(desk, who)), row, REAL["pdf"], "认定文件.pdf")
    assert answer.status_code == STRANGERS[who]
    assert refusal(attach, desk, row, by=getattr(desk, who)).sentence.startswith("您不是景县的填报员")
    assert (EvidenceFile.objects.count(), kept(folder)) == (0, [])


def test_every_page_of_the_desk_that_shows_evidence_links_to_the_file(desk, logged_in):
    value, judgement = enter(desk), assess(desk)
    papers = [attach(desk, row) for row in (value, judgement)]
    links = [f'<a href="{door(paper)}">认定文件.pdf</a>' for paper in papers]
    here = logged_in(desk.reporter)
    for row, link in zip((value, judgement), links, strict=True):
        name = row._meta.model_name
        assert link in here.get(reverse("admin:report", args=["sti-13", name, row.pk])).content.decode()
        assert link in here.get(reverse(f"admin:targets_{name}_change", args=[row.pk])).content.decode()
        bring_to(desk, "submitted", row)
    queue = logged_in(desk.reviewer).get("/admin/sti-13/review/").content.decode()
    assert [link in queue for link in links] == [True, True]


# Who may download a file

STATUSES = ["draft", "submitted", "returned", "accepted", "published", "superseded", "withdrawn"]
INSIDE = {"reporter": 200, "reviewer": 200, "publisher": 200, "auditor": 200, "chief": 200}
ON_ITS_WAY = INSIDE | {"stranger": 404, "editor": 404, "nobody": 404, "visitor": 302}
OUT = INSIDE | {"stranger": 200, "editor": 200, "nobody": 403, "visitor": 302}


@pytest.mark.parametrize("status", STATUSES)
@BOTH
def test_users_who_may_see_the_report_at_the_desk_may_download_its_file(desk, client, fill, status):
    row = fill(desk)
    paper = attach(desk, row)
    bring_to(desk, status, row)
    answers = {}
    for who in ON_ITS_WAY:
        client.force_login(getattr(desk, who))
        answers[who] = ask(client, paper).status_code
    assert answers == (OUT if status == "published" else ON_ITS_WAY)
    assert AccessEntry.objects.filter(kind="export").count() == list(answers.values()).count(200)


def test_a_county_s_reporter_cannot_download_the_file_of_an_assessment_in_review(desk, logged_in):
    of_county = person("景县癸", Role.REPORTER, areas=["131127"], is_staff=True)
    assert ask(logged_in(of_county), attach(desk, assess(desk))).status_code == 404


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_visitor_without_a_login_gets_the_login_page(desk, client, status):
    row = enter(desk)
    paper = attach(desk, row)
    bring_to(desk, status, row)
    answer = ask(client, paper)
    assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={door(paper)}")
    assert not AccessEntry.objects.filter(kind="export").exists()


def test_removed_or_unknown_evidence_is_not_found(desk, logged_in):
    paper = attach(desk, enter(desk))
    review.detach(paper, by=desk.reporter)
    here = logged_in(desk.chief)
    gone = [f"/admin/sti-13/evidence/{pk}/" for pk in (paper.history.first().id, 0, 99999)]
    assert [here.get(path).status_code for path in gone] == [404, 404, 404]


def test_a_file_can_only_be_requested_by_get(desk, logged_in):
    assert logged_in(desk.chief).post(door(attach(desk, enter(desk)))).status_code == 405


def test_the_browser_saves_the_file_and_never_runs_it(desk, logged_in):
    paper = attach(desk, enter(desk), REAL["xlsx"], "景县 “认定”表.xlsx")
    answer = ask(logged_in(desk.reviewer), paper)
    said = {
        "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Content-Disposition": (
            "attachment; filename*=utf-8''"
            "%E6%99%AF%E5%8E%BF%20%E2%80%9C%E8%AE%A4%E5%AE%9A%E2%80%9D%E8%A1%A8.xlsx"
        ),
        "Content-Length": str(len(REAL["xlsx"])),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Frame-Options": "DENY",
    }
    assert {name: answer.headers[name] for name in said} == said
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))


@pytest.mark.parametrize("kind", REAL)
def test_the_media_type_depends_on_the_content_not_on_the_name(desk, logged_in, kind):
    paper = attach(desk, enter(desk), REAL[kind], f"a.{kind}")
    models.QuerySet(EvidenceFile).update(name="a.html")
    assert ask(logged_in(desk.auditor), paper).headers["Content-Type"] == file_types.CONTENT_TYPES[kind]


def test_each_download_is_recorded_in_the_access_log(desk, logged_in):
    paper = attach(desk, enter(desk))
    ask(logged_in(desk.auditor), paper, REMOTE_ADDR="10.0.0.7")
    lines = AccessEntry.objects.filter(kind="export")
    assert list(lines.values_list("username", "by__username", "address", "detail")) == [
        (
            "审计丁",
            "审计丁",
            "10.0.0.7",
            "证明材料“认定文件”的文件“认定文件.pdf”：I13 省级科技企业孵化器 景县 2018年",
        )
    ]


@pytest.mark.parametrize("debug", [False, True])
def test_a_file_lost_from_disk_is_reported_with_advice(desk, logged_in, folder, settings, debug):
    settings.DEBUG = debug
    paper = attach(desk, enter(desk))
    (folder / paper.file.pk.hex).unlink()
    answer = ask(logged_in(desk.auditor), paper)
    assert (answer.status_code, "由管理员从备份中恢复" in words(answer)) == (404, True)
    assert reverse("admin:targets_observation_change", args=[paper.report.pk]) in answer.content.decode()
    assert not AccessEntry.objects.filter(kind="export").exists()


@BOTH
def test_the_public_does_not_see_that_there_is_a_file(desk, client, fill):
    row = fill(desk)
    attach(desk, row, name="张三的身份证.pdf")
    bring_to(desk, "published", row)
    path = "observations/?grade=reported" if fill is enter else "assessments/"
    assert [found["evidence"] for found in rows(client, path)] == [[PAPER]]
    pages = [
        "/sti-13/indicators/I13/?area=131127&period=2018",
        "/sti-13/goals/G01/",
        "/",
        "/sti-13/areas/131127/",
    ]
    pages += [f"/api/v1/{path}" for path in ("observations/", "assessments/", "progress/I13/", "schema/")]
    file = EvidenceFile.objects.get()
    hints = ("张三", str(file.pk), file.pk.hex, file.sha256, "/admin/evidence")
    seen = "".join(client.get(page).content.decode() for page in pages)
    assert ([hint for hint in hints if hint in seen], "认定文件" in seen) == ([], True)


# Corrections and stored files


@BOTH
def test_a_correction_uses_the_same_file(desk, folder, fill):
    row = fill(desk)
    paper = attach(desk, row)
    row = bring_to(desk, "published", row)
    new = review.correct(row, by=desk.reporter, reason="重新核定")
    assert (new.evidence.get().file, kept(folder)) == (paper.file, [paper.file.pk.hex])
    assert new.evidence.get().pk != paper.pk


def test_a_correction_that_only_replaces_the_file_is_a_change(desk):
    row = enter(desk)
    attach(desk, row)
    row = bring_to(desk, "published", row)
    new = review.correct(row, by=desk.reporter, reason="换成盖章的")
    sentence = "没有改动：所填的内容和证明材料与已发布的相同。请先修改；如不再更正，请撤回。"
    assert refusal(submit, new, by=desk.reporter).sentence == sentence
    review.detach(new.evidence.get(), by=desk.reporter)
    same = attach(desk, new, name="同一份.pdf")
    assert refusal(submit, new, by=desk.reporter).sentence == sentence
    review.detach(same, by=desk.reporter)
    attach(desk, new, pdf("2"))
    assert submit(new, by=desk.reporter).status == "submitted"


def test_removed_evidence_stays_on_disk_and_in_the_history(desk, folder):
    paper = attach(desk, enter(desk))
    file = paper.file
    pk = paper.pk
    review.detach(paper, by=desk.reporter)
    lines = Evidence.history.filter(id=pk).order_by("history_id")
    assert list(lines.values_list("history_type", "history_user__username", "file__name")) == [
        ("+", "填报甲", "认定文件.pdf"),
        ("-", "填报甲", "认定文件.pdf"),
    ]
    assert (kept(folder), EvidenceFile.objects.get()) == ([file.pk.hex], file)
    assert list(file.history.values_list("history_type", "history_user__username")) == [("+", "填报甲")]


def test_a_file_s_row_is_never_changed_or_deleted(desk):
    file = attach(desk, enter(desk)).file
    for act in (file.save, file.delete, EvidenceFile.objects.all().delete):
        with pytest.raises(NotImplementedError):
            act()
    with pytest.raises(NotImplementedError):
        EvidenceFile.objects.update(name="x")


# Failures


def test_a_write_that_fails_after_storing_the_file_leaves_no_file(desk, folder):
    row = enter(desk)
    seen = []

    def fail(execute, sql, params, many, context):
        if sql.startswith('UPDATE "targets_observation"'):
            seen.extend(kept(folder))
            raise OperationalError("the disk is full")
        return execute(sql, params, many, context)

    before = database()
    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        attach(desk, row)
    assert (len(seen), kept(folder), database()) == (1, [], before)


def test_a_folder_without_write_permission_is_reported_at_the_field(desk, logged_in, folder):
    folder.write_text("no folder")
    answer = hand_in(logged_in(desk.reporter), enter(desk), REAL["pdf"], "认定文件.pdf")
    assert answer.context["form"].errors == {
        "file": ["服务器没能存下文件，请告知管理员查看存放证明材料的目录。"]
    }
    assert EvidenceFile.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_on_commit_leaves_no_file(plan_live, folder):
    """The database checks the key of `added_by` only on commit; here no such user exists."""
    desk = opened_desk()
    row = enter(desk)
    with pytest.raises(IntegrityError):
        attach(desk, row, by=User(pk=10**6, username="nobody", is_superuser=True))
    assert (kept(folder), shipped(Evidence).count(), EvidenceFile.objects.count()) == ([], 0, 0)


@pytest.mark.django_db(transaction=True)
def test_no_file_is_stored_inside_an_outer_transaction(plan_live, folder):
    """That transaction could fail later, and nothing would then delete the file."""
    desk = opened_desk()
    row = enter(desk)
    with pytest.raises(RuntimeError), transaction.atomic():
        attach(desk, row)
    assert kept(folder) == []


def test_faults_of_other_fields_are_found_before_a_file_is_stored(desk, folder):
    with pytest.raises(ValidationError) as fault:
        attach(desk, enter(desk), b"x", title="")
    assert (list(fault.value.message_dict), kept(folder)) == (["title"], [])
