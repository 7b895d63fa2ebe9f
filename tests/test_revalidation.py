"""A visitor who has an answer still as it is gets a 304, after one look at the revision of the data."""

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse

from hengshui_plan.delivery.middleware import revalidate
from targets.models import Policy, PublicChange
from tests.api import ADDRESSES
from tests.database import settle
from tests.make import CITY, JINGXIAN, bring_to, enter, open_desk, person, publish

pytestmark = pytest.mark.django_db


def tag_of(client, address: str, **headers) -> str:
    settle()
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response["ETag"]


def again(client, address: str, tag: str, **headers) -> int:
    """The status of asking again with a tag."""
    settle()
    return client.get(address, headers={"if-none-match": tag} | headers).status_code


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_has_not_changed_is_not_sent_again(client, plan, address):
    assert again(client, address, tag_of(client, address)) == 304


def test_a_304_costs_one_look_at_the_revision(client, plan, django_assert_num_queries):
    tag = tag_of(client, "/api/v1/progress/")
    with django_assert_num_queries(1):
        response = client.get("/api/v1/progress/", headers={"if-none-match": tag})
    assert (response.status_code, response.content) == (304, b"")
    kept = {name: response[name] for name in ("ETag", "Cache-Control", "Vary")}
    assert kept == {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept, Accept-Encoding, Cookie, origin",
    }
    whole = client.get("/api/v1/progress/", headers={"accept-encoding": "gzip"})
    assert set(whole["Vary"].split(", ")) == set(response["Vary"].split(", "))
    # These of the whole answer go on holding; on a page that may be framed others than usual.
    assert not {"Content-Security-Policy", "X-Frame-Options", "Content-Type"} & set(response.headers)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_public_change_makes_every_tag_old(client, plan, address):
    tag = tag_of(client, address)
    Policy.objects.filter(code="PO01").update(note="x")
    assert again(client, address, tag) == 200


def test_raw_sql_makes_a_tag_old(client, plan):
    tag = tag_of(client, "/areas/")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE targets_area SET name = 'x' WHERE code = %s", [JINGXIAN])
    assert again(client, "/areas/", tag) == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_draft_leaves_every_tag_as_it_is(client, plan, address):
    desk = open_desk()
    tag = tag_of(client, address)
    bring_to(desk, "accepted", enter(desk))
    assert again(client, address, tag) == 304


def test_a_published_value_is_seen_with_the_next_request(client, plan):
    desk = open_desk()
    row = bring_to(desk, "accepted", enter(desk))
    address = f"/api/v1/observations/?indicator=I13&area={JINGXIAN}"
    tag = tag_of(client, address)
    publish(row, by=desk.publisher)
    settle()
    response = client.get(address, headers={"if-none-match": tag})
    assert (response.status_code, response.json()["count"]) == (200, 1)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/api/v1/indicators/?page_size=4", {}),
        ("/api/v1/indicators/", {}),
        ("/api/v1/indicators/?page_size=3", {"accept": "*/*"}),
        ("/api/v1/indicators/?page_size=3", {"host": "localhost"}),
    ],
)
def test_a_tag_holds_for_what_was_asked_alone(client, plan, address, headers):
    tag = tag_of(client, "/api/v1/indicators/?page_size=3", accept="application/json")
    assert again(client, address, tag, **({"accept": "application/json"} | headers)) == 200


def test_a_tag_holds_for_the_day(client, plan, monkeypatch):
    """The period that is shown by itself, and which target is in force, go by the calendar."""
    tag = tag_of(client, "/")
    monkeypatch.setattr("hengshui_plan.delivery.release.localdate", lambda: date(2030, 1, 1))
    assert again(client, "/", tag) == 200


def test_a_tag_holds_for_the_release(client, plan, monkeypatch):
    tag = tag_of(client, "/")
    monkeypatch.setattr("hengshui_plan.delivery.release.fingerprint", lambda: "another release")
    assert again(client, "/", tag) == 200


def test_a_tag_does_not_hold_for_a_database_that_counted_to_the_same_number_again(client, plan):
    tag = tag_of(client, "/")
    newest = PublicChange.objects.newest()
    PublicChange.objects.filter(pk=newest.pk).update(at="2018-01-01T00:00:00Z")
    assert again(client, "/", tag) == 200


@pytest.mark.parametrize("wrap", ["{}", '"x", {}', "{}, *", "strong"])
def test_tags_are_compared_as_caches_send_them(client, plan, wrap):
    tag = tag_of(client, "/")
    sent = tag.removeprefix("W/") if wrap == "strong" else wrap.format(tag)
    assert again(client, "/", sent) == 304


@pytest.mark.parametrize("sent", ["*", "x", "", '"x"', "W/"])
def test_another_tag_gets_the_answer(client, plan, sent):
    assert again(client, "/", sent) == 200


def test_head_is_answered_likewise(client, plan):
    tag = tag_of(client, "/plan/")
    head = client.head("/plan/")
    assert (head.status_code, head["ETag"]) == (200, tag)
    assert client.head("/plan/", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/indicators/I99/",
        "/indicators/?category=x",
        "/nowhere/",
        "/api/v1/indicators/?page=x",
        "/admin/login/",
    ],
)
def test_what_is_no_public_answer_has_no_tag(client, plan, address):
    assert "ETag" not in client.get(address)


def test_nothing_is_tagged_for_whoever_has_a_session(client, plan):
    tag = tag_of(client, "/")
    client.force_login(person("甲"))
    response = client.get("/", headers={"if-none-match": tag})
    assert (response.status_code, "ETag" in response) == (200, False)
    client.logout()
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    assert "ETag" not in client.get("/")


@pytest.mark.parametrize("header", ["Set-Cookie", "Cache-Control"])
def test_an_answer_with_a_cookie_or_a_rule_of_its_own_is_left_alone(rf, plan, header):
    answer = HttpResponse()
    if header == "Set-Cookie":
        answer.set_cookie("seen", "1")
    else:
        answer[header] = "no-store"
    given = revalidate(lambda request: answer)(rf.get("/"))
    assert ("ETag" in given, given.get("Cache-Control")) == (False, answer.get("Cache-Control"))


def test_a_proxy_may_keep_a_page_and_asks_whether_it_holds(client, plan):
    response = client.get("/")
    assert response["Cache-Control"] == "public, no-cache"
    assert {"Cookie", "Accept"} <= set(response["Vary"].split(", "))


def test_writing_is_never_answered_with_a_304(client, plan):
    tag = tag_of(client, "/api/v1/indicators/")
    assert client.post("/api/v1/indicators/", headers={"if-none-match": tag}).status_code == 405


def test_a_tag_tells_of_a_host_that_is_not_ours_nothing(client, plan):
    refused = client.get("/api/v1/", headers={"host": "evil.example"})
    assert (refused.status_code, "ETag" in refused) == (400, False)
    assert "Content-Security-Policy" in refused


def test_the_demonstration_is_tagged_too(client, demo):
    address = f"/api/v1/progress/?area={CITY}&period=2018"
    assert again(client, address, tag_of(client, address)) == 304
