"""The desk in a real browser: a year from the first draft to publication, with and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from openpyxl import load_workbook
from playwright.sync_api import expect

from targets import review
from targets.models import Area, Indicator, Period, Plan, RollUp, SheetUpload, Target
from targets.review.roles import Role
from tests.browser import WCAG
from tests.make import bring_to, decide, enter, open_desk, person, reports
from tests.papers import REAL, upload
from tests.shipped import OF_IT, shipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "Ye-huo-shao-bu-jin-8"
ENTRY = "/admin/sti-13/entry/?area=131127&period=2018"
# Of the front page of the desk.
LINK = "a[href^='/admin/sti-13/']"
TARGETS = "/admin/sti-13/targets-of/?indicator=I13&year=2020"


@pytest.fixture
def desk(live_server, plan_live):
    desk = open_desk()
    shipped(Period).exclude(code="2018").update(is_open=False)
    desk.auditor = person("审计丁", Role.AUDITOR)
    desk.editor = person("规划戊", Role.PLAN_EDITOR)
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    for user in User.objects.all():
        user.is_staff = True
        user.set_password(PASSWORD)
        user.save()
    desk.url = live_server.url
    return desk


@pytest.fixture
def seat(desk, browser):
    """Return a function that opens a page for a logged-in user; it collects the browser's complaints."""
    complaints = []

    def sit_down(user, **kwargs):
        page = browser.new_page(viewport={"width": 1280, "height": 800}, **kwargs)
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(f"{desk.url}/admin/login/")
        page.fill("#id_username", user.username)
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        return page

    sit_down.complaints = complaints
    return sit_down


def _judged(desk) -> str:
    """Return the address of a waiting sheet with one fault and one row to write."""
    lines = [
        [2, {"指标代码": "I13", "县市区代码": "131127", "报告期": "2017", "完成值": "x", "版本": ""}],
        [3, {"指标代码": "I16", "县市区代码": "131100", "报告期": "2018", "完成值": "6", "版本": ""}],
    ]
    kept = SheetUpload.objects.create(
        plan_id="sti-13",
        user=desk.reporter,
        kind="reports",
        name="表.xlsx",
        table=[lines, {"完成值": "K"}, ["备注"]],
    )
    return f"/admin/sti-13/sheets/reports/{kept.pk}/"


def told(page) -> str:
    return page.locator(".messagelist").inner_text().strip()


@pytest.mark.parametrize("javascript", [True, False])
def test_staff_take_a_year_from_the_first_draft_to_publication(desk, seat, javascript):
    reporter, reviewer, publisher, auditor = (
        seat(user, java_script_enabled=javascript)
        for user in (desk.reporter, desk.reviewer, desk.publisher, desk.auditor)
    )
    reporter.click("text=未报 2 项 >> nth=1")
    reporter.fill("[name=I13-value]", "5")
    reporter.fill("[name=I16-value]", "98.5")
    reporter.click("text=保存并全部报送")
    assert told(reporter) == "已报送 2 项。"

    reviewer.goto(desk.url + "/admin/")
    reviewer.click("text=待审 2 项")
    reviewer.locator("[name=row]").nth(0).check()
    reviewer.locator("[name^=note-observation]").nth(0).fill("缺一家，请核对")
    reviewer.click("text=退回所选")
    assert told(reviewer) == "已退回 1 条。"

    reporter.goto(desk.url + "/admin/")
    reporter.click("text=退回 1 项")
    expect(reporter.locator("body")).to_contain_text("退回意见：缺一家，请核对")
    reporter.fill("[name=I13-value]", "6")
    reporter.click("text=保存并全部报送")

    reviewer.goto(desk.url + "/admin/sti-13/review/")
    for box in reviewer.locator("[name=row]").all():
        box.check()
    reviewer.click("text=通过所选")
    assert told(reviewer) == "已通过 2 条。"

    publisher.goto(desk.url + "/admin/")
    publisher.click("text=待发布 2 项")
    publisher.select_option("[name=period_code]", "2018")
    publisher.click("text=发布本期全部待发布的")
    assert told(publisher) == "已发布2018年的 2 条。"

    publisher.goto(f"{desk.url}/sti-13/indicators/I13/?area=131127&period=2018")
    expect(publisher.locator("body")).to_contain_text("6家（2018，填报）")
    row = publisher.request.get(
        f"{desk.url}/api/v1/plans/sti-13/observations/?indicator=I13&area=131127"
    ).json()["results"][0]
    assert (row["value"], row["period"]) == (6, "2018")

    auditor.goto(desk.url + "/admin/targets/observation/?q=景县")
    auditor.click("text=I13 省级科技企业孵化器")
    auditor.wait_for_url("**/change/**")
    for act in ("报送", "退回：缺一家，请核对", "审核通过", "发布"):
        expect(auditor.locator("body")).to_contain_text(act)
    assert auditor.locator("main [type=submit], main button").count() == 0
    assert seat.complaints == []


def test_a_reviewer_receives_an_uploaded_file_without_javascript(desk, seat, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    row = enter(desk, "5")
    reporter, reviewer = (seat(user, java_script_enabled=False) for user in (desk.reporter, desk.reviewer))
    reporter.goto(f"{desk.url}/admin/sti-13/report/observation/{row.pk}/")
    reporter.fill("[name=title]", "认定文件")
    reporter.fill("[name=source]", "冀科高〔2018〕5号")
    for content, said in ((b"x", None), (REAL["pdf"], "已添加证明材料。")):
        chosen = {"name": "扫描件.pdf", "mimeType": "text/html", "buffer": content}
        reporter.set_input_files("[name=file]", files=[chosen])
        reporter.click("button[value=attach]")
        assert said is None or told(reporter) == said
    reporter.goto(desk.url + ENTRY)
    reporter.click("text=保存并全部报送")
    reviewer.goto(desk.url + "/admin/sti-13/review/")
    with reviewer.expect_download() as download:
        reviewer.click("text=扫描件.pdf")
    assert download.value.suggested_filename == "扫描件.pdf"
    assert download.value.path().read_bytes() == REAL["pdf"]


def test_the_second_of_two_browsers_on_one_row_is_refused(desk, seat):
    enter(desk, "5")
    first, second = seat(desk.reporter), seat(desk.reporter)
    for page in (first, second):
        page.goto(desk.url + ENTRY)
    first.fill("[name=I13-value]", "6")
    first.click("text=保存草稿")
    second.fill("[name=I13-value]", "7")
    second.click("text=保存草稿")
    expect(second.locator("body")).to_contain_text("现在库中是：6家")
    assert second.input_value("[name=I13-value]") == "7"
    second.click("text=保存草稿")
    assert told(second) == "已保存 1 项。"


def test_the_tab_key_moves_down_the_column_of_values(desk, seat):
    page = seat(desk.reporter)
    page.goto(desk.url + ENTRY)
    page.focus("[name=I13-value]")
    seen = []
    for _ in range(6):
        seen.append(page.evaluate("document.activeElement.name"))
        page.keyboard.press("Tab")
    assert seen == [
        "I13-value",
        "I16-value",
        "I16-numerator",
        "I16-denominator",
        "I13-unavailable_reason",
        "I13-note",
    ]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_sheet_with_a_mistake_is_corrected_and_imported(desk, seat, tmp_path, javascript):
    page = seat(desk.reporter, java_script_enabled=javascript)
    page.click(f"{LINK}:text('表格导出、导入')")
    page.click("main >> text=完成值")
    for label in ("2020年", "衡水市"):
        page.uncheck(f"main >> text={label}")
    page.check("text=2018年")
    with page.expect_download() as download:
        page.click("text=下载 >> nth=-1")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    for typed, shown in (("五家", "“五家”不是数"), (5, "还没有写入，请核对后确认。")):
        book = load_workbook(path)
        book.worksheets[0]["K2"] = typed
        book.save(path)
        page.set_input_files("[type=file]", path)
        page.click("text=核对 >> nth=-1")
        page.locator(".judged").wait_for()
        assert shown in page.inner_text("main")
        if isinstance(typed, str):
            assert page.inner_text(".judged tbody tr").split("\t")[:3] == ["2", "K", "完成值"]
            page.go_back()
    page.click("text=确认导入 1 行")
    assert told(page).startswith("已导入 1 行。")
    assert [row.value for row in reports()] == [5]
    assert seat.complaints == []


@pytest.mark.parametrize("javascript", [True, False])
def test_the_plan_editor_breaks_the_city_s_target_down_to_counties(desk, seat, javascript):
    page = seat(desk.editor, java_script_enabled=javascript)
    page.click(f"{LINK}:text('县市区分解')")
    page.select_option("[name=indicator]", "I13")
    page.click("text=打开")
    page.fill("[name=decided_on]", "2016-12-20")
    page.fill("[name=source]", "分解方案")
    page.fill("[name='131100-value']", "12")
    page.fill("[name='131127-value']", "九")
    page.click("[name=save]")
    expect(page.locator("body")).to_contain_text("“九”不是数")
    assert page.input_value("[name='131100-value']") == "12"
    assert page.input_value("[name=decided_on]") == "2016-12-20"
    page.fill("[name='131127-value']", "9")
    page.click("[name=save]")
    assert told(page) == "已记入 2 个目标值。"
    assert "3家" in page.locator("tfoot").inner_text()
    assert list(shipped(Target).values_list("area__code", "value")) == [("131100", 12), ("131127", 9)]
    assert seat.complaints == []


def test_the_tab_key_moves_down_the_column_of_targets(desk, seat):
    decide(desk.editor)
    page = seat(desk.editor)
    page.goto(desk.url + TARGETS)
    page.focus("[name=reason]")
    seen = []
    for _ in range(17):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
    values = [f"{area.code}-value" for area in Area.objects.of_plan(shipped(Plan).get(code="sti-13"))]
    assert seen == ["scroll", *values, "131127-reason", "save"]


def test_pages_of_work_fit_a_phone(desk, seat):
    decide(desk.editor)
    bring_to(desk, "submitted", enter(desk))
    widths = {}
    pages = {
        desk.reporter: [
            "/admin/",
            ENTRY,
            "/admin/sti-13/sheets/",
            "/admin/sti-13/sheets/reports/",
            _judged(desk),
        ],
        desk.reviewer: ["/admin/", "/admin/sti-13/review/"],
        desk.editor: ["/admin/", TARGETS, "/admin/sti-13/sheets/targets/"],
    }
    for user, paths in pages.items():
        page = seat(user)
        page.set_viewport_size({"width": 360, "height": 740})
        for path in paths:
            page.goto(desk.url + path)
            widths[user.username, path] = page.evaluate("document.documentElement.scrollWidth")
    assert set(widths.values()) == {360}, widths
    assert seat.complaints == []


def test_axe_finds_nothing_on_the_pages_of_work(desk, seat, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    decide(desk.editor)
    row = enter(desk)
    for name in ("甲.pdf", "乙.pdf"):
        file = upload(REAL["pdf"], name)
        review.attach(row, title=name, source="冀科高〔2018〕5号", file=file, by=desk.reporter)
    lost = row.evidence.last()
    (settings.EVIDENCE_DIR / lost.file.pk.hex).unlink()
    returned = bring_to(desk, "returned", row)
    bring_to(desk, "submitted", enter(desk, "98.5", indicator=desk.coverage))
    published = bring_to(desk, "published", enter(desk, area=desk.city))
    found = {}
    for user, paths in {
        desk.reporter: [
            "/admin/",
            ENTRY,
            "/admin/sti-13/assessments/?period=2018",
            f"/admin/sti-13/entry/correct/{published.pk}/",
            f"/admin/sti-13/report/observation/{returned.pk}/",
            "/admin/sti-13/sheets/",
            "/admin/sti-13/sheets/reports/",
            _judged(desk),
            f"/admin/sti-13/evidence/{lost.pk}/",
        ],
        desk.reviewer: ["/admin/sti-13/review/"],
        desk.publisher: ["/admin/sti-13/review/?status=accepted"],
        desk.editor: [TARGETS],
    }.items():
        page = seat(user, bypass_csp=True)
        for path in paths:
            page.goto(desk.url + path)
            found[path] = offences(page)
    assert {path: faults for path, faults in found.items() if faults} == {}


def offences(page) -> list[tuple]:
    """Return the violations that axe finds on a page."""
    violations = Axe().run(page, options=WCAG).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]][:3]) for fault in violations]


def test_axe_finds_nothing_at_the_login_and_in_the_lists(desk, seat, browser):
    bring_to(desk, "published", enter(desk))
    decide(desk.editor)
    page = browser.new_page(bypass_csp=True)
    page.goto(f"{desk.url}/admin/login/")
    found = {"login": offences(page)}
    page = seat(desk.editor, bypass_csp=True)
    for path in (
        "targets/target/",
        "targets/thresholddecision/",
        "targets/observation/?status__exact=published",
        "targets/reviewevent/",
        "targets/indicator/?q=x",
        # A list of two pages.
        "measures/numbertoken/",
        f"targets/indicator/{desk.coverage.pk}/change/",
        f"targets/target/add/{OF_IT}",
    ):
        page.goto(f"{desk.url}/admin/{path}")
        found[path] = offences(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
