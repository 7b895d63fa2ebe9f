"""Login, lockout, sessions, the rights of accounts, and the access log that nobody can alter."""

import re
import time
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hengshui_plan.accounts import passwords
from hengshui_plan.accounts.logins import SEEN_AT
from targets.desk.access_log import coming_from, record
from targets.models import AccessEntry, AccessKind, AreaAssignment
from targets.records.history import written_by
from targets.review.roles import Role
from tests import make
from tests.browser import WCAG

GOOD, BETTER, WRONG = "Hengshui-1", "Jingxian-22", "not the password"
HERE, THERE = "10.0.0.7", "10.0.0.8"
LOGIN, DESK, LOG, USERS = "/admin/login/", "/admin/", "/admin/targets/accessentry/", "/admin/auth/user/"


def member(name="anna", *roles, password=GOOD, **values) -> User:
    return make.person(name, *roles, password=password, is_staff=True, **values)


def login(client, password=GOOD, username="anna", address=HERE, **headers):
    """Send the real login form from an address."""
    return client.post(LOGIN, {"username": username, "password": password}, REMOTE_ADDR=address, **headers)


def fail(times: int, **values):
    return [login(Client(), WRONG, **values).status_code for _ in range(times)]


def is_in(client) -> bool:
    return client.get(DESK).status_code == 200


def words(answer) -> str:
    """Return the text of the page without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", answer.content.decode().partition("<body")[2]))


def log(*fields: str) -> list[tuple]:
    """Return the entries, oldest first."""
    return list(AccessEntry.objects.order_by("pk").values_list(*(fields or ("kind", "username", "detail"))))


def errors(answer) -> dict:
    form = answer.context["adminform"].form if "adminform" in answer.context else answer.context["form"]
    return {name: list(found) for name, found in form.errors.items()}


def change_password(client, new: str, old: str = GOOD):
    return client.post(
        "/admin/password_change/", {"old_password": old, "new_password1": new, "new_password2": new}
    )


@pytest.fixture
def anna(db):
    return member("anna", Role.REPORTER, last_name="安娜")


@pytest.fixture
def boss(client, db):
    """The client of a superuser, who is `boss.user`."""
    client.user = member("boss", is_superuser=True)
    client.force_login(client.user)
    return client


@pytest.fixture
def auditor(db):
    client = Client()
    client.force_login(member("audit", Role.AUDITOR))
    return client


# Rules of passwords

SHORT = "密码至少 10 个字符。"
FEW_KINDS = "密码须含小写字母、大写字母、数字、符号中的至少 3 种。"


@pytest.mark.parametrize(
    ("password", "complaints"),
    [
        ("Hengshu-1", [SHORT]),
        ("Hengshui-1", None),
        ("hengshui-x", [FEW_KINDS]),
        ("hengshui-7", None),
        ("HENGSHUI-7", None),
        ("Hengshuix7", None),
        ("Hengshui-x", None),
        ("Hengshuixy", [FEW_KINDS]),
        ("衡水市科技局-科技创新", [FEW_KINDS]),
        ("1234567890", ["这个密码太常见了。", FEW_KINDS]),
        ("Password-An", None),
        ("Annabella-1", ["密码跟 用户名 太相似了。"]),
    ],
)
def test_a_password_must_follow_the_rules(client, db, password, complaints):
    client.force_login(member("annabella"))
    answer = change_password(client, password)
    assert (answer.status_code, None if answer.status_code == 302 else errors(answer)["new_password2"]) == (
        (302, None) if complaints is None else (200, complaints)
    )


def test_a_random_password_follows_the_rules():
    assert {passwords.kinds(passwords.make()) >= 3 for _ in range(500)} == {True}


# Age of passwords


def joined(user, **ago):
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(**ago))


def notices(client) -> list[str]:
    return [str(message) for message in client.get(DESK).context["messages"]]


NOTICE = '您的密码已超过 180 天没有更换，请尽快<a href="/admin/password_change/">修改密码</a>。'


@pytest.mark.parametrize(
    ("ago", "expected"), [({"days": 179, "hours": 23}, []), ({"days": 180, "minutes": 1}, [NOTICE])]
)
def test_an_old_password_gives_one_notice_at_each_login_and_blocks_nothing(client, anna, ago, expected):
    joined(anna, **ago)
    for _ in range(2):
        login(client)
        assert (notices(client), notices(client)) == (expected, [])


def test_the_age_of_a_password_counts_from_its_last_change(client, anna):
    joined(anna, days=400)
    AccessEntry.objects.create(
        kind=AccessKind.PASSWORD, user=anna, username="anna", at=timezone.now() - timedelta(days=181)
    )
    login(client)
    assert notices(client) == [NOTICE]
    change_password(client, BETTER)
    login(client, BETTER)
    assert notices(client) == []


def test_the_age_of_an_old_password_is_a_setting(client, anna, settings):
    settings.PASSWORD_NOTICE_DAYS = 30
    joined(anna, days=31)
    login(client)
    assert notices(client) == [NOTICE.replace("180", "30")]


# Lockout


def test_the_fifth_failure_locks_the_account_at_that_address_even_for_the_right_password(client, anna):
    assert fail(5) == [200, 200, 200, 200, 429]
    assert (login(client).status_code, is_in(client)) == (429, False)


def test_four_failures_are_forgotten_after_the_right_password(client, anna):
    assert fail(4) == [200] * 4
    assert login(client).status_code == 302
    assert fail(4) == [200] * 4


def test_the_page_says_how_long_and_whom_to_ask(client, anna, settings):
    settings.SITE_CONTACT = "0318-1234567"
    fail(5)
    answer = login(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1800")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (
        "同一账号在同一地址连续登录失败 5 次，或同一地址的登录失败过多，登录即暂时锁定。"
        "锁定期间，密码正确也不能登录。 "
        "请在 30 分钟以后重新登录。期间再试不会延长锁定。 "
        "忘记密码，或者不是您本人在登录，请联系本系统的管理员（0318-1234567）。"
    ) in words(answer)


def test_a_lock_holds_for_one_account_at_one_address(client, anna):
    member("bert")
    fail(5)
    assert login(client, username="bert").status_code == 302
    assert login(Client(), address=THERE).status_code == 302
    assert login(Client()).status_code == 429


def test_too_many_failures_at_one_address_lock_it_for_all_accounts(client, anna, settings):
    settings.LOGIN_FAILURES_OF_ADDRESS = 6
    names = ["a", "b", "c", "d", "e", "f"]
    assert [fail(1, username=name) for name in names] == [[200]] * 5 + [[429]]
    assert login(client).status_code == 429
    assert login(client, address=THERE).status_code == 302


def test_another_browser_does_not_avoid_a_lock(client, anna):
    for number in range(5):
        login(client, WRONG, HTTP_USER_AGENT=f"browser {number}")
    assert login(client, HTTP_USER_AGENT="browser 6").status_code == 429


def test_a_login_does_not_reset_failures_of_other_accounts(client, anna, settings):
    member("bert")
    settings.LOGIN_FAILURES_OF_ADDRESS = 5
    fail(4)
    login(client, username="bert")
    assert fail(1) == [429]


@pytest.mark.parametrize(("ago", "status"), [({"minutes": 29, "seconds": 50}, 429), ({"minutes": 30}, 302)])
def test_a_lock_ends_by_itself(client, anna, ago, status):
    fail(5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(**ago))
    assert login(client).status_code == status


def test_further_attempts_do_not_prolong_a_lock(client, anna):
    fail(5)
    locked_at = AccessAttempt.objects.get().attempt_time
    assert fail(3) == [429] * 3
    assert AccessAttempt.objects.get().attempt_time == locked_at


def test_the_command_of_django_axes_ends_a_lock(client, anna, capsys):
    fail(5)
    call_command("axes_reset_username", "anna")
    assert login(client).status_code == 302


def test_a_forwarding_header_of_a_visitor_is_ignored(client, anna):
    for number in range(5):
        login(client, WRONG, HTTP_X_FORWARDED_FOR=f"10.1.1.{number}")
    assert login(client, HTTP_X_FORWARDED_FOR="10.1.1.9").status_code == 429
    assert set(log("address")) == {(HERE,)}


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("1.1.1.1, 10.9.9.9", "10.9.9.9"),
        ("10.9.9.9", "10.9.9.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", None),
        (None, HERE),
    ],
)
def test_behind_a_proxy_a_lock_uses_the_address_added_by_the_proxy(client, anna, settings, header, address):
    settings.BEHIND_PROXY = True
    login(client, WRONG, **({"HTTP_X_FORWARDED_FOR": header} if header else {}))
    assert log("kind", "address") == [("failed", address)]


def test_the_tables_of_django_axes_are_not_at_the_desk(boss):
    assert boss.get("/admin/axes/").status_code == 404


# Length of sessions


def idle_for(client, seconds: int):
    session = client.session
    session[SEEN_AT] = int(time.time()) - seconds
    session.save()


def test_half_an_hour_without_a_request_ends_the_session_with_a_reason(client, anna):
    login(client)
    idle_for(client, 30 * 60 + 2)
    answer = client.get(DESK, REMOTE_ADDR=HERE)
    assert (answer.status_code, answer.url) == (302, "/admin/login/?next=/admin/")
    assert "您已超过 30 分钟没有操作，已自动退出，请重新登录。" in words(client.get(answer.url))
    assert not is_in(client)
    assert log() == [("login", "anna", ""), ("logout", "anna", "闲置超时")]


def test_a_request_within_half_an_hour_keeps_the_session(client, anna):
    login(client)
    idle_for(client, 30 * 60 - 10)
    assert is_in(client)
    assert client.session[SEEN_AT] >= int(time.time()) - 5


def test_the_idle_time_is_a_setting(client, anna, settings):
    settings.IDLE_MINUTES = 5
    login(client)
    idle_for(client, 5 * 60 + 2)
    assert not is_in(client)


def test_a_session_without_a_time_of_use_has_ended(client, anna):
    login(client)
    session = client.session
    del session[SEEN_AT]
    session.save()
    assert not is_in(client)


def test_the_desk_writes_the_session_once_a_minute_at_most(client, anna):
    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(DESK)
        return sum('UPDATE "django_session"' in query["sql"] for query in queries)

    login(client)
    assert writes() == 0
    idle_for(client, 61)
    assert (writes(), writes()) == (1, 0)


def test_closing_the_browser_ends_the_cookie(client, anna):
    cookie = login(client).cookies["sessionid"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"]) == ("", "", True)


@pytest.mark.parametrize(
    ("path", "vary"),
    [
        ("/sti-13/", {"Accept-Encoding", "Cookie"}),
        ("/sti-13/goals/", {"Accept-Encoding", "Cookie"}),
        ("/api/v1/plans/sti-13/goals/", {"Accept-Encoding", "Cookie", "origin"}),
    ],
)
def test_public_pages_use_no_session_even_for_staff(client, plan, anna, path, vary):
    login(client)
    idle_for(client, 3600)
    before = client.session.items()
    answer = client.get(path)
    assert (answer.status_code, answer.cookies) == (200, {})
    assert set(answer.headers["Vary"].split(", ")) == vary
    assert client.session.items() == before


# Sessions ended elsewhere


def test_a_new_password_ends_all_sessions_of_its_owner_but_the_current_one(client, anna):
    other = Client()
    login(client)
    login(other)
    assert change_password(client, BETTER).status_code == 302
    assert (is_in(client), is_in(other)) == (True, False)


def test_a_password_reset_by_a_superuser_ends_the_sessions_of_its_owner_only(boss, anna):
    hers = Client()
    login(hers)
    answer = boss.post(f"{USERS}{anna.pk}/password/", {"password1": BETTER, "password2": BETTER})
    assert answer.status_code == 302
    assert (is_in(hers), is_in(boss)) == (False, True)
    assert (login(hers).status_code, login(hers, BETTER).status_code) == (200, 302)


def test_a_password_set_on_the_command_line_ends_all_sessions(client, anna):
    login(client)
    anna.set_password(BETTER)
    anna.save()
    assert not is_in(client)


def test_a_deactivated_account_is_logged_out_at_once_and_cannot_log_in(boss, anna):
    hers = Client()
    login(hers)
    save(boss, anna, is_active=None)
    assert not is_in(hers)
    assert (login(hers).status_code, is_in(hers)) == (200, False)


# Accounts at the desk


def form_of(client, url) -> dict:
    """Return what the page would send, unchanged."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {
        bound.html_name: bound.value()
        for form in forms
        for bound in form
        if bound.value() is not None and bound.value() is not False
    }
    return {name: value for name, value in values.items() if name != "password"}


def save(client, user, **changes):
    """Change an account on its page; None leaves a field out, as a box without its tick."""
    url = f"{USERS}{user.pk}/change/"
    sent = form_of(client, url) | changes
    answer = client.post(url, {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 302, answer.context["errors"]
    user.refresh_from_db()


def group(role: Role) -> int:
    return Group.objects.get_or_create(name=role)[0].pk


def in_areas(*codes: str, known=()) -> dict:
    """Return the fields of the inline: the existing rows and new ones."""
    rows = {
        "area_assignments-TOTAL_FORMS": len(known) + len(codes),
        "area_assignments-INITIAL_FORMS": len(known),
    }
    for number, code in enumerate(codes, len(known)):
        rows[f"area_assignments-{number}-area"] = make.area(code).pk
    return rows


def test_a_superuser_makes_an_account_with_its_roles_and_areas(boss, plan):
    values = {"username": "zhang", "last_name": "张三", "password1": GOOD, "password2": GOOD}
    answer = boss.post(
        f"{USERS}add/",
        values | {"groups": [group(Role.REPORTER)]} | in_areas("131127"),
        REMOTE_ADDR=HERE,
    )
    assert answer.status_code == 302
    user = User.objects.get(username="zhang")
    assert (user.is_active, user.is_staff, user.is_superuser, user.last_name) == (True, True, False, "张三")
    assert [group.name for group in user.groups.all()] == ["填报员"]
    assert [row.area.name for row in AreaAssignment.objects.filter(user=user)] == ["景县"]
    assert login(Client(), username="zhang").status_code == 302
    assert log("kind", "username", "by__username", "address", "detail")[1:] == [
        ("password", "zhang", "boss", HERE, ""),
        ("created", "zhang", "boss", HERE, ""),
        ("roles", "zhang", "boss", HERE, "无 → 填报员"),
        ("areas", "zhang", "boss", HERE, "无 → 景县"),
        ("login", "zhang", "zhang", HERE, ""),
    ]


def test_a_new_account_needs_a_password_that_follows_the_rules(boss):
    answer = boss.post(
        f"{USERS}add/", {"username": "zhang", "password1": "short", "password2": "short"} | in_areas()
    )
    assert errors(answer) == {"password2": [SHORT, FEW_KINDS]}
    assert not User.objects.filter(username="zhang").exists()


def test_a_name_that_cannot_be_read_is_refused(boss):
    values = {"username": "zhang", "last_name": "张\x07三", "password1": GOOD, "password2": GOOD}
    answer = boss.post(f"{USERS}add/", values | in_areas())
    assert errors(answer) == {"last_name": ["含有看不见的控制字符，请删去后重新填写。"]}


def test_each_change_by_a_superuser_is_recorded_and_nothing_else(boss, plan, anna):
    save(boss, anna, last_name="安娜二")
    save(boss, anna, groups=[group(Role.REPORTER), group(Role.REVIEWER)], **in_areas("131127"))
    save(boss, anna, is_superuser="on", groups=[], **in_areas("131100", known=["131127"]))
    save(boss, anna, is_active=None, is_superuser=None)
    save(boss, anna, is_active="on")
    assert log("kind", "username", "by__username", "detail")[1:] == [
        ("roles", "anna", "boss", "填报员 → 填报员、审核员"),
        ("areas", "anna", "boss", "无 → 景县"),
        ("roles", "anna", "boss", "填报员、审核员 → 超级管理员"),
        ("areas", "anna", "boss", "景县 → 衡水市、景县"),
        ("deactivated", "anna", "boss", ""),
        ("roles", "anna", "boss", "超级管理员 → 无"),
        ("reactivated", "anna", "boss", ""),
    ]


def test_nobody_changes_their_own_rights(boss, plan):
    other = group(Role.AUDITOR)
    save(
        boss,
        boss.user,
        last_name="老板",
        is_active=None,
        is_superuser=None,
        groups=[other],
        **in_areas("131127"),
    )
    assert (boss.user.last_name, boss.user.is_active, boss.user.is_superuser) == ("老板", True, True)
    assert (boss.user.groups.count(), boss.user.area_assignments.count()) == (0, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_is_never_deleted(boss, anna, method):
    assert getattr(boss, method)(f"{USERS}{anna.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [anna.pk], "post": "yes"}
    boss.post(USERS, chosen)
    assert User.objects.filter(pk=anna.pk).exists()


def test_the_groups_are_not_at_the_desk(boss, anna):
    assert boss.get("/admin/auth/group/").status_code == 404
    assert "user_permissions" not in form_of(boss, f"{USERS}{anna.pk}/change/")


@pytest.mark.parametrize("name", [*Role.names, "WITH_EVERY_PERMISSION"])
def test_only_superusers_open_the_pages_of_accounts(client, plan, anna, name):
    user = member("other", *([Role[name]] if name in Role.names else []))
    if name not in Role.names:
        user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    before = list(User.objects.values())
    for door in ("", "add/", *(f"{anna.pk}/{page}/" for page in ("change", "password", "delete", "history"))):
        values = {"username": "x", "is_superuser": "on", "password1": BETTER, "password2": BETTER}
        answers = client.get(USERS + door), client.post(USERS + door, values)
        assert [answer.status_code for answer in answers] == [403, 403], door
    assert list(User.objects.values()) == before
    assert USERS not in client.get(DESK).content.decode()


@pytest.mark.parametrize("name", ["nobody", "reader"])
def test_a_visitor_is_sent_to_the_login(client, anna, name):
    if name == "reader":
        client.force_login(User.objects.create_user(name))
    for url in (USERS, f"{USERS}{anna.pk}/change/", f"{USERS}{anna.pk}/password/", LOG):
        assert client.get(url).url == f"/admin/login/?next={url}"


def test_the_list_of_accounts_costs_the_same_for_one_and_for_five(boss, plan, django_assert_num_queries):
    for names in (["a"], ["b", "c", "d", "e"]):
        for name in names:
            member(name, Role.REPORTER, areas=["131127", "131100"])
        with django_assert_num_queries(9):
            answer = boss.get(USERS)
        assert words(answer).count("衡水市、景县") == User.objects.filter(groups__name="填报员").count()


# Content of the log


def test_login_and_logout_are_recorded_with_the_address(client, anna):
    login(client)
    client.post("/admin/logout/", REMOTE_ADDR=HERE)
    assert log("kind", "user", "username", "by", "address", "detail") == [
        ("login", anna.pk, "anna", anna.pk, HERE, ""),
        ("logout", anna.pk, "anna", anna.pk, HERE, ""),
    ]


def test_failures_are_recorded_with_the_name_as_typed_and_never_with_the_password(client, anna, settings):
    settings.AXES_FAILURE_LIMIT = 2
    fail(3)
    fail(1, username="Nobody")
    assert log("kind", "user", "username", "by", "address", "detail") == [
        ("failed", anna.pk, "anna", None, HERE, ""),
        ("failed", anna.pk, "anna", None, HERE, ""),
        ("locked", anna.pk, "anna", None, HERE, "锁定 30 分钟"),
        ("locked", anna.pk, "anna", None, HERE, "锁定期间再试"),
        ("failed", None, "Nobody", None, HERE, ""),
    ]
    assert WRONG not in str(list(AccessAttempt.objects.values()))


def test_a_new_password_is_recorded_with_who_set_it(boss, anna):
    hers = Client()
    login(hers)
    change_password(hers, BETTER)
    boss.post(f"{USERS}{anna.pk}/password/", {"password1": GOOD, "password2": GOOD}, REMOTE_ADDR=THERE)
    anna.set_password(BETTER)
    anna.save()
    assert [line for line in log("kind", "username", "by__username", "address") if line[0] == "password"] == [
        ("password", "anna", "anna", "127.0.0.1"),
        ("password", "anna", "boss", THERE),
        ("password", "anna", None, None),
    ]


def test_an_export_is_recorded_with_one_call(anna):
    with written_by(anna), coming_from(HERE):
        record(AccessKind.EXPORT, anna, detail="完成值 2018 景县")
    assert log("kind", "username", "by__username", "address", "detail") == [
        ("export", "anna", "anna", HERE, "完成值 2018 景县")
    ]


def test_accounts_made_by_commands_are_recorded(db):
    call_command("first_account")
    assert log("kind", "username", "by", "address", "detail") == [
        ("created", "admin", None, None, ""),
        ("roles", "admin", None, None, "无 → 超级管理员"),
    ]


# Nobody alters the log


def entry(user, **ago) -> AccessEntry:
    at = timezone.now() - timedelta(**ago)
    return AccessEntry.objects.create(
        kind=AccessKind.LOGIN, user=user, username=user.username, by=user, at=at
    )


REFUSED = {
    "saving": lambda row: row.save(),
    "deleting": lambda row: row.delete(),
    "updating": lambda row: AccessEntry.objects.update(detail="x"),
    "updating in bulk": lambda row: AccessEntry.objects.bulk_update([row], ["detail"]),
    "updating or creating": lambda row: AccessEntry.objects.update_or_create(
        {"detail": "x"}, username=row.username
    ),
    "deleting some": lambda row: AccessEntry.objects.filter(pk=row.pk).delete(),
    "updating by the account": lambda row: row.user.access_entries.update(detail="x"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_model_refuses(anna, name):
    row = entry(anna, days=400)
    with pytest.raises(NotImplementedError), transaction.atomic():
        REFUSED[name](row)
    assert log() == [("login", "anna", "")]


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE targets_accessentry SET detail = 'x'",
        "DELETE FROM targets_accessentry",
        pytest.param("TRUNCATE targets_accessentry", marks=pytest.mark.postgres),
    ],
)
def test_the_database_refuses(anna, act):
    entry(anna, days=179, hours=23)
    connection.check_constraints()
    with pytest.raises(DatabaseError, match="the access log is only ever added to"), transaction.atomic():
        connection.cursor().execute(act)
    assert log() == [("login", "anna", "")]


def test_the_database_refuses_to_change_an_entry_that_may_be_deleted(anna):
    entry(anna, days=181)
    with pytest.raises(DatabaseError, match="the access log is only ever added to"), transaction.atomic():
        connection.cursor().execute("UPDATE targets_accessentry SET detail = 'x'")
    connection.cursor().execute("DELETE FROM targets_accessentry")
    assert log() == []


def test_an_account_with_entries_cannot_be_deleted_outside_the_desk(anna):
    entry(anna)
    with pytest.raises(DatabaseError):
        anna.delete()
    assert User.objects.filter(pk=anna.pk).exists()


@pytest.mark.parametrize(("days", "kept"), [(180, 1), (365, 2)])
def test_only_expired_entries_are_pruned(anna, settings, capsys, days, kept):
    settings.ACCESS_LOG_DAYS = days
    entry(anna, days=179, hours=23)
    entry(anna, days=180, minutes=1)
    entry(anna, days=366)
    call_command("prune_access_log")
    assert AccessEntry.objects.count() == kept
    assert capsys.readouterr().out == f"已删去 {days} 天以前的访问日志 {3 - kept} 条。\n"


def test_no_argument_can_prune_entries_of_the_last_180_days(anna):
    entry(anna, days=179)
    assert AccessEntry.objects.prune(1) == 0


def doors(row) -> list[str]:
    return ["", "add/", *(f"{row.pk}/{page}/" for page in ("change", "delete", "history"))]


def answers(client, row, method: str) -> list[int]:
    return [getattr(client, method)(LOG + door, {"detail": "x"}).status_code for door in doors(row)]


@pytest.mark.parametrize("name", ["boss", "auditor"])
def test_superusers_and_auditors_read_the_log_and_write_nothing(request, anna, name):
    row = entry(anna)
    client = request.getfixturevalue(name)
    count = AccessEntry.objects.count()
    assert answers(client, row, "get") == [200, 403, 200, 403, 200]
    assert answers(client, row, "post") == [200, 403, 403, 403, 200]
    assert (AccessEntry.objects.count(), AccessEntry.objects.get(pk=row.pk).detail) == (count, "")


@pytest.mark.parametrize("name", [name for name in Role.names if name != "AUDITOR"])
def test_no_other_role_sees_the_log(client, anna, name):
    user = member("other", Role[name])
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    assert (answers(client, entry(anna), "get"), answers(client, entry(anna), "post")) == (
        [403] * 5,
        [403] * 5,
    )
    assert LOG not in client.get(DESK).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind__exact=failed", ["nobody", "anna"]),
        ("?q=10.0.0.8", ["nobody"]),
        ("?q=nobody", ["nobody"]),
        ("?user__id__exact={anna}", ["anna", "anna"]),
        ("?at__gte=2099-01-01+00:00:00%2B08:00", []),
    ],
)
def test_the_log_is_filtered_by_kind_account_day_and_words(auditor, anna, query, found):
    login(Client())
    fail(1)
    fail(1, username="nobody", address=THERE)
    answer = auditor.get(LOG + query.format(anna=anna.pk))
    assert [row.username for row in answer.context["cl"].result_list] == found


def test_the_list_costs_the_same_for_one_and_for_many_entries(boss, anna, django_assert_num_queries):
    for count in (1, 60):
        for _ in range(count):
            entry(anna)
        with django_assert_num_queries(6):
            answer = boss.get(LOG)
        assert answer.context["cl"].full_result_count is None


# In a real browser


def lock_out_and_enter(page, site: str):
    """Yield on the page that tells zhang of the lock, and again with boss at the desk."""

    def enter(name: str, password: str):
        page.goto(site + DESK)
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()

    for _ in range(5):
        enter("zhang", WRONG)
    yield page.get_by_role("heading", level=1).inner_text()
    enter("boss", GOOD)
    yield page.url.removeprefix(site)


@pytest.fixture
def zhang(transactional_db):
    member("boss", is_superuser=True)
    return member("zhang", Role.REPORTER)


@pytest.mark.browser
@pytest.mark.one_database
def test_our_own_pages_are_accessible(live_server, zhang, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)

    def faults() -> list:
        violations = Axe().run(page, options=WCAG).response["violations"]
        return [(fault["id"], fault["nodes"][0]["html"]) for fault in violations]

    steps = lock_out_and_enter(page, live_server.url)
    assert (next(steps), faults()) == ("登录已锁定", [])
    assert next(steps) == DESK
    page.goto(f"{live_server.url}{USERS}{zhang.pk}/password/")
    assert faults() == []


@pytest.mark.browser
@pytest.mark.one_database
def test_no_page_of_accounts_violates_the_content_security_policy(live_server, zhang, browser):
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    list(lock_out_and_enter(page, live_server.url))
    for path in (USERS, f"{USERS}add/", f"{USERS}{zhang.pk}/change/", LOG, f"{USERS}{zhang.pk}/password/"):
        page.goto(live_server.url + path)
    assert [text for text in complaints if "Content Security Policy" in text or "Error" in text] == []


@pytest.mark.parametrize("length", [151, 300])
def test_a_name_that_is_too_long_is_refused_before_any_query(client, plan, length):
    answer = client.post("/admin/login/", {"username": "u" * length, "password": "x"})
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"username"}
