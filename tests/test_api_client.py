"""A client generated from the stored schema, as the author of a dashboard would generate it."""

import subprocess
import sys
from importlib import import_module

import pytest

from tests.api import OPENAPI, address

pytestmark = [pytest.mark.one_database, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Return the folder of the generated package `plan_client`; a generator warning is a schema fault."""
    folder = tmp_path_factory.mktemp("generated")
    # Skip the formatting of the generated code; the generator returns XML unparsed.
    overrides = "content_type_overrides: {application/xml: application/octet-stream}"
    (folder / "config.yaml").write_text(f"post_hooks: []\n{overrides}\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta=none"]
    command += [f"--path={OPENAPI}", f"--config={folder}/config.yaml", f"--output-path={folder}/plan_client"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def operation(generated, monkeypatch):
    monkeypatch.syspath_prepend(generated)
    return lambda tag, name: import_module(f"plan_client.api.{tag}.{name}").sync


@pytest.fixture
def client(generated, monkeypatch, live_server):
    monkeypatch.syspath_prepend(generated)
    with import_module("plan_client").Client(base_url=live_server.url) as opened:
        yield opened


def test_a_generated_client_reads_the_answers_of_the_api(client, operation, demo_live):
    read = {
        "indicators/": operation("指标", "plans_indicators_list")("sti-13", client=client),
        "indicators/I09/": operation("指标", "plans_indicators_retrieve")("sti-13", "I09", client=client),
        "progress/?period=2018": operation("进展", "plans_progress_list")(
            "sti-13", client=client, period="2018"
        ),
        "changes/?page_size=100&since=3": operation("公开数据的变动", "changes_list")(client=client, since=3),
        "progress/I09/?area=131127": operation("进展", "plans_progress_retrieve")(
            "sti-13", "I09", client=client, area="131127"
        ),
    }
    plain = {path: client.get_httpx_client().get(address(path)).json() for path in read}
    assert {path: answer.to_dict() for path, answer in read.items()} == plain
    # Every other field was read by its name and type.
    assert [answer.additional_keys for answer in read.values()] == [["demo"]] * 5


def test_rows_of_the_client_have_the_names_and_codes_of_the_schema(client, operation, demo_live):
    rows = operation("进展", "plans_progress_list")("sti-13", client=client, period="2018").results
    row = next(row for row in rows if row.indicator == "I09")
    assert (row.area, row.actual, row.target, row.light) == ("131100", 137, 155, "green")


def test_the_client_receives_the_error_message(client, operation, plan_live):
    fault = operation("指标", "plans_indicators_retrieve")("sti-13", "X", client=client)
    assert (fault.error.code, fault.error.message) == (
        "not_found",
        "没有代码为“X”的指标，请在列表中查看全部代码。",
    )
