import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from tests.api import ENDPOINTS, FLAT_SETS, OPENAPI, WITHOUT_CODE, address, described_at, of_one

pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    return {(path, method): found for path, item in schema["paths"].items() for method, found in item.items()}


def walk(node):
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def test_the_schema_is_valid_without_a_warning_and_kept_in_docs(tmp_path):
    """`manage.py spectacular --file docs/openapi.yaml` updates the stored schema."""
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(fresh), validate=True, fail_on_warn=True)
    assert fresh.read_text(encoding="utf-8") == OPENAPI.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_served_schema_is_the_kept_one(client):
    assert client.get("/api/v1/schema/").content.decode() == OPENAPI.read_text(encoding="utf-8")


@pytest.mark.django_db
def test_the_schema_is_served_as_json_too(client, schema):
    answer = client.get("/api/v1/schema/?format=json").json()
    assert (answer["openapi"], answer["paths"].keys()) == ("3.1.1", schema["paths"].keys())


def test_every_endpoint_is_described(schema):
    lists = {described_at(f"{name}/") for name in ENDPOINTS}
    single = {of_one(name) for name in ENDPOINTS.keys() - WITHOUT_CODE}
    files = set(map(described_at, ("datapackage.json", "csv/{name}.csv", "stratml.xml")))
    assert schema["paths"].keys() == {"/api/v1/"} | lists | single | files


def test_only_read_operations_are_described(schema):
    assert {method for _, method in operations(schema)} == {"get"}


def test_every_operation_has_the_same_error_body(schema):
    bodies = [found["responses"]["4XX"]["content"] for found in operations(schema).values()]
    expected = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    assert [body for body in bodies if body != expected] == []


@pytest.mark.parametrize("name", FLAT_SETS)
def test_every_format_of_a_list_is_described(client, plan, schema, name):
    operation = schema["paths"][described_at(f"{name}/")]["get"]
    forms = next(one for one in operation["parameters"] if one["name"] == "format")["schema"]["enum"]
    assert sorted(forms) == ["csv", "json", "jsonstat", "xlsx"]
    answers = [client.get(address(f"{name}/?format={form}")) for form in forms]
    assert all(answer.getvalue() for answer in answers)
    answered = {answer["Content-Type"].partition(";")[0] for answer in answers}
    assert operation["responses"]["200"]["content"].keys() == answered


@pytest.mark.parametrize("path", ["csv/{name}.csv", "stratml.xml"])
def test_a_file_is_described_by_its_media_type(client, plan, schema, path):
    described = schema["paths"][described_at(path)]["get"]["responses"]["200"]["content"]
    answer = client.get(address(path.format(name="targets")))
    assert list(described) == [answer["Content-Type"].partition(";")[0]]


def is_chinese(words):
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


def test_every_parameter_and_operation_is_described_in_chinese(schema):
    words = [found["summary"] for found in operations(schema).values()]
    words += [
        parameter.get("description", f"{parameter['name']} of {path} is not described")
        for (path, _), found in operations(schema).items()
        for parameter in found.get("parameters", [])
    ]
    assert [said for said in words if not is_chinese(said)] == []


def test_every_property_has_a_chinese_name(schema):
    named = [
        (name, column, found)
        for name, component in schema["components"]["schemas"].items()
        for column, found in component.get("properties", {}).items()
        if column != "results"
    ]
    assert [
        (name, column)
        for name, column, found in named
        if not is_chinese(found.get("title", "") + found.get("description", ""))
    ] == []


def test_every_enumeration_labels_each_of_its_codes(schema):
    enumerations = [node for node in walk(schema["components"]) if isinstance(node, dict) and "enum" in node]
    assert len(enumerations) == 29
    assert [
        code for found in enumerations for code in found["enum"] if f"`{code}` - " not in found["description"]
    ] == []


def test_the_schema_has_no_keyword_of_an_older_openapi(schema):
    assert [node for node in walk(schema) if isinstance(node, dict) and "nullable" in node] == []


@pytest.mark.parametrize(
    "path", [f"{name}/" for name in ENDPOINTS] + ["sections/?tree=1", "datapackage.json", ""]
)
def test_an_answer_matches_the_schema(client, plan, schema, path):
    operation = schema["paths"][described_at(path)]["get"]
    described = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = client.get(address(path)).json()
    validator = Draft202012Validator(described | {"components": schema["components"]})
    assert [error.message for error in validator.iter_errors(answer)] == []


@pytest.mark.parametrize("path", ["indicators/?page=x", "indicators/X/"])
def test_an_error_answer_matches_the_schema(client, plan, schema, path):
    described = {"$ref": "#/components/schemas/Fault", "components": schema["components"]}
    answer = client.get(address(path)).json()
    assert [error.message for error in Draft202012Validator(described).iter_errors(answer)] == []


@pytest.mark.django_db
def test_the_docs_page_has_the_strict_policy_of_the_site(client):
    response = client.get("/api/v1/docs/")
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_docs_page_turns_off_the_swagger_validator(client):
    """By default Swagger calls it on any host but 127.0.0.1, where the browser test below runs."""
    assert '"validatorUrl": null' in client.get("/api/v1/docs/?script=").content.decode()


@pytest.mark.browser
def test_the_docs_page_loads_nothing_from_other_sites(live_server, browser):
    requested, complaints = [], []
    page = browser.new_page()
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.get_by_text("按代码查指标").click()
    page.get_by_text("有效期内高新技术企业").first.wait_for()
    assert page.title() == "规划进展 API"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert complaints == []
    assert [url for url in requested if not url.startswith((live_server.url, "data:"))] == []
