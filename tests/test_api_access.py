"""Which sites may read the API, and how often an address may."""

import pytest
from django.core.cache import cache
from rest_framework.throttling import AnonRateThrottle

from tests.api import fault

pytestmark = pytest.mark.django_db

ELSEWHERE = {"origin": "https://dashboard.example.org"}
PREFLIGHT = ELSEWHERE | {"access-control-request-method": "GET"}


def cors(response) -> dict:
    prefix = "access-control-"
    names = [name.lower() for name in response.headers]
    return {name.removeprefix(prefix): response[name] for name in names if name.startswith(prefix)}


# Other sites


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/plans/sti-13/indicators/I09/", "/api/v1/schema/"])
def test_a_page_of_another_site_may_read_the_api(client, plan, path):
    response = client.get(path, headers=ELSEWHERE)
    assert response.status_code == 200
    assert cors(response) == {"allow-origin": "*", "expose-headers": "etag, retry-after, x-data-origin"}


@pytest.mark.parametrize(("path", "status"), [("/api/v1/plans/sti-13/indicators/X/", 404), ("/api/v2/", 404)])
def test_a_page_of_another_site_may_read_error_answers(client, plan, path, status):
    response = client.get(path, headers=ELSEWHERE)
    assert (response.status_code, cors(response)["allow-origin"]) == (status, "*")


def test_a_page_of_another_site_may_revalidate_its_copy(client, plan):
    response = client.options(
        "/api/v1/plans/sti-13/progress/",
        headers=PREFLIGHT | {"access-control-request-headers": "if-none-match"},
    )
    told = cors(response)
    assert response.status_code == 200
    assert (told["allow-origin"], told["allow-methods"]) == ("*", "GET, HEAD, OPTIONS")
    assert told["allow-headers"] == "accept, if-none-match"


@pytest.mark.parametrize("path", ["/", "/sti-13/feed/", "/admin/login/", "/sti-13/indicators/I09/chart.svg"])
def test_only_the_api_is_open_to_other_sites(client, plan, path):
    assert cors(client.get(path, headers=ELSEWHERE)) == {}
    assert cors(client.options(path, headers=PREFLIGHT)) == {}


def test_other_sites_cannot_send_the_login_of_a_user(client, plan):
    assert "allow-credentials" not in cors(client.options("/api/v1/", headers=PREFLIGHT))


# The limit


@pytest.fixture
def three_a_minute(monkeypatch):
    cache.clear()
    monkeypatch.setitem(AnonRateThrottle.THROTTLE_RATES, "anon", "3/minute")
    yield
    cache.clear()


def test_a_client_that_asks_too_often_is_told_when_to_retry(client, plan, three_a_minute):
    answers = [client.get("/api/v1/plans/sti-13/indicators/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert fault(client, "progress/", 429) == (
        "throttled",
        None,
        "请求太频繁，请等 Retry-After 所说的秒数再试；要全部数据的，请用 format=csv。",
    )


def test_the_limit_of_one_address_does_not_affect_another(client, plan, three_a_minute):
    for _ in range(4):
        client.get("/api/v1/plans/sti-13/indicators/")
    assert client.get("/api/v1/plans/sti-13/indicators/", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_a_forged_forwarding_header_does_not_avoid_the_limit(client, plan, three_a_minute):
    answers = [
        client.get("/api/v1/plans/sti-13/indicators/", headers={"x-forwarded-for": f"10.0.0.{number}"})
        for number in range(4)
    ]
    assert answers[3].status_code == 429


def test_behind_a_proxy_the_limit_uses_the_address_added_by_the_proxy(client, plan, three_a_minute, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}

    def ask_from(addresses: list[str]) -> list[int]:
        asked = [
            client.get("/api/v1/plans/sti-13/indicators/", headers={"x-forwarded-for": one})
            for one in addresses
        ]
        return [answer.status_code for answer in asked]

    assert ask_from([f"10.0.0.1, 10.0.1.{number}" for number in range(4)]) == [200] * 4
    assert ask_from([f"10.0.0.{number}, 10.0.2.1" for number in range(4)]) == [200] * 3 + [429]


def test_pages_have_no_limit(client, plan, three_a_minute):
    for _ in range(4):
        client.get("/api/v1/plans/sti-13/indicators/")
    assert client.get("/sti-13/indicators/").status_code == 200
