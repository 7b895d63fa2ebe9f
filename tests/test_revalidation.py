"""A visitor who has the current answer gets a 304, for one query of the data revision."""

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


def status_with_tag(client, address: str, tag: str, **headers) -> int:
    """Return the status of a request with this tag."""
    settle()
    return client.get(address, headers={"if-none-match": tag} | headers).status_code


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unchanged_answer_is_not_sent_again(client, plan, address):
    assert status_with_tag(client, address, tag_of(client, address)) == 304


def test_a_304_costs_one_query(client, plan, django_assert_num_queries):
    tag = tag_of(client, "/api/v1/plans/sti-13/progress/")
    with django_assert_num_queries(1):
        response = client.get("/api/v1/plans/sti-13/progress/", headers={"if-none-match": tag})
    assert (response.status_code, response.content) == (304, b"")
    kept = {name: response[name] for name in ("ETag", "Cache-Control", "Vary")}
    assert kept == {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept, Accept-Encoding, Cookie, origin",
    }
    whole = client.get("/api/v1/plans/sti-13/progress/", headers={"accept-encoding": "gzip"})
    assert set(whole["Vary"].split(", ")) == set(response["Vary"].split(", "))
    # A 304 omits them: those of the first answer stay valid, and a page that may be framed has its own.
    assert not {"Content-Security-Policy", "X-Frame-Options", "Content-Type"} & set(response.headers)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_public_change_invalidates_every_tag(client, plan, address):
    tag = tag_of(client, address)
    Policy.objects.filter(code="PO01").update(note="x")
    assert status_with_tag(client, address, tag) == 200


def test_raw_sql_invalidates_a_tag(client, plan):
    tag = tag_of(client, "/sti-13/areas/")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE targets_area SET name = 'x' WHERE code = %s", [JINGXIAN])
    assert status_with_tag(client, "/sti-13/areas/", tag) == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_draft_leaves_every_tag_valid(client, plan, address):
    desk = open_desk()
    tag = tag_of(client, address)
    bring_to(desk, "accepted", enter(desk))
    assert status_with_tag(client, address, tag) == 304


def test_a_published_value_shows_with_the_next_request(client, plan):
    desk = open_desk()
    row = bring_to(desk, "accepted", enter(desk))
    address = f"/api/v1/plans/sti-13/observations/?indicator=I13&area={JINGXIAN}"
    tag = tag_of(client, address)
    publish(row, by=desk.publisher)
    settle()
    response = client.get(address, headers={"if-none-match": tag})
    assert (response.status_code, response.json()["count"]) == (200, 1)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/api/v1/plans/sti-13/indicators/?page_size=4", {}),
        ("/api/v1/plans/sti-13/indicators/", {}),
        ("/api/v1/plans/sti-13/indicators/?page_size=3", {"accept": "*/*"}),
        ("/api/v1/plans/sti-13/indicators/?page_size=3", {"host": "localhost"}),
    ],
)
def test_a_tag_is_valid_only_for_the_same_request(client, plan, address, headers):
    tag = tag_of(client, "/api/v1/plans/sti-13/indicators/?page_size=3", accept="application/json")
    assert status_with_tag(client, address, tag, **({"accept": "application/json"} | headers)) == 200


def test_a_tag_is_valid_for_one_day(client, plan, monkeypatch):
    """The default period and the target in force depend on the date."""
    tag = tag_of(client, "/sti-13/")
    monkeypatch.setattr("hengshui_plan.delivery.release.localdate", lambda: date(2030, 1, 1))
    assert status_with_tag(client, "/sti-13/", tag) == 200


def test_a_tag_is_valid_for_one_release(client, plan, monkeypatch):
    tag = tag_of(client, "/sti-13/")
    monkeypatch.setattr("hengshui_plan.delivery.release.fingerprint", lambda: "another release")
    assert status_with_tag(client, "/sti-13/", tag) == 200


def test_a_tag_is_invalid_for_a_restored_database_with_the_same_revision(client, plan):
    tag = tag_of(client, "/sti-13/")
    newest = PublicChange.objects.newest()
    PublicChange.objects.filter(pk=newest.pk).update(at="2018-01-01T00:00:00Z")
    assert status_with_tag(client, "/sti-13/", tag) == 200


@pytest.mark.parametrize("wrap", ["{}", '"x", {}', "{}, *", "strong"])
def test_tags_are_compared_in_all_forms_that_caches_send(client, plan, wrap):
    tag = tag_of(client, "/sti-13/")
    sent = tag.removeprefix("W/") if wrap == "strong" else wrap.format(tag)
    assert status_with_tag(client, "/sti-13/", sent) == 304


@pytest.mark.parametrize("sent", ["*", "x", "", '"x"', "W/"])
def test_a_request_with_another_tag_gets_the_full_answer(client, plan, sent):
    assert status_with_tag(client, "/sti-13/", sent) == 200


def test_head_gets_the_same_tag(client, plan):
    tag = tag_of(client, "/sti-13/text/")
    head = client.head("/sti-13/text/")
    assert (head.status_code, head["ETag"]) == (200, tag)
    assert client.head("/sti-13/text/", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/sti-13/indicators/I99/",
        "/sti-13/indicators/?category=x",
        "/nowhere/",
        "/api/v1/plans/sti-13/indicators/?page=x",
        "/admin/login/",
    ],
)
def test_only_public_answers_have_a_tag(client, plan, address):
    assert "ETag" not in client.get(address)


def test_a_user_with_a_session_gets_no_tag(client, plan):
    tag = tag_of(client, "/sti-13/")
    client.force_login(person("甲"))
    response = client.get("/sti-13/", headers={"if-none-match": tag})
    assert (response.status_code, "ETag" in response) == (200, False)
    client.logout()
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    assert "ETag" not in client.get("/sti-13/")


@pytest.mark.parametrize("header", ["Set-Cookie", "Cache-Control"])
def test_an_answer_with_a_cookie_or_its_own_cache_control_gets_no_tag(rf, plan, header):
    answer = HttpResponse()
    if header == "Set-Cookie":
        answer.set_cookie("seen", "1")
    else:
        answer[header] = "no-store"
    given = revalidate(lambda request: answer)(rf.get("/sti-13/"))
    assert ("ETag" in given, given.get("Cache-Control")) == (False, answer.get("Cache-Control"))


def test_a_proxy_may_store_a_page_and_must_revalidate_it(client, plan):
    response = client.get("/sti-13/")
    assert response["Cache-Control"] == "public, no-cache"
    assert {"Cookie", "Accept"} <= set(response["Vary"].split(", "))


def test_a_post_never_gets_a_304(client, plan):
    tag = tag_of(client, "/api/v1/plans/sti-13/indicators/")
    assert client.post("/api/v1/plans/sti-13/indicators/", headers={"if-none-match": tag}).status_code == 405


def test_a_foreign_host_is_refused_without_a_tag(client, plan):
    refused = client.get("/api/v1/", headers={"host": "evil.example"})
    assert (refused.status_code, "ETag" in refused) == (400, False)
    assert "Content-Security-Policy" in refused


def test_the_demonstration_has_tags_too(client, demo):
    address = f"/api/v1/plans/sti-13/progress/?area={CITY}&period=2018"
    assert status_with_tag(client, address, tag_of(client, address)) == 304
