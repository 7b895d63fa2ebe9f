"""Every named constraint refuses the row that breaks it, without any form or `full_clean`."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from measures.models import (
    CITED,
    Citation,
    Correction,
    Measure,
    NumberToken,
    Principle,
    Section,
    SourceText,
    Weakness,
)
from targets.engine import periods
from targets.models import (
    AccessEntry,
    AccessKind,
    Area,
    AreaAssignment,
    Assessment,
    Baseline,
    BaselineFact,
    Evidence,
    EvidenceFile,
    Goal,
    GoalLink,
    Indicator,
    IndicatorLink,
    Observation,
    Organization,
    Period,
    PeriodReport,
    Plan,
    Policy,
    ReportingDuty,
    Responsibility,
    ReviewEvent,
    Target,
    ThresholdDecision,
)
from tests import make
from tests.shipped import shipped, shipped_plan
from tests.stored import set_thresholds


def found(model: type[models.Model], row: dict) -> models.QuerySet:
    """Return the rows of the shipped plan that `row` describes, or those that plans share."""
    rows = models.QuerySet(model).filter(**row)
    return rows.filter(pk__in=shipped(model).values("pk")) if hasattr(model, "plan_paths") else rows


def change(model: type[models.Model], row: dict, **values):
    """Return an act that changes the one row found by `row`."""

    def act():
        rows = found(model, row)
        rows.get()
        rows.update(**values)

    return act


def double(model: type[models.Model], row: dict, **values):
    """Return an act that adds a copy of the one row found by `row`, with other `values`."""

    def act():
        copy = found(model, row).get()
        copy.pk = None
        for name, value in values.items():
            setattr(copy, name, value)
        model.objects.bulk_create([copy])

    return act


def take_a_text_to_another_plan():
    text = shipped(SourceText).get()
    text.plan.pk, text.plan.code = None, "another"
    text.plan.is_current, text.plan.document = False, None
    Plan.objects.bulk_create([text.plan])
    SourceText.objects.create(
        plan=Plan.objects.get(code="another"), text=text.text, sha256=text.sha256, tally={}
    )


def state_a_target():
    """The text of the plan states none."""
    citation = shipped(Citation).exclude(baseline=None).first()
    stated = Target.objects.create(
        indicator=citation.baseline.indicator,
        area=citation.baseline.area,
        year=2020,
        value=1,
        grade="text",
        printed="1",
    )
    citation.pk, citation.baseline, citation.target = None, None, stated
    Citation.objects.bulk_create([citation])


def cite_a_record_twice(field: str):
    def act():
        if field == "target":
            state_a_target()
        copy = shipped(Citation).filter(**{f"{field}__isnull": False, "position": 1}).first()
        copy.pk = None
        Citation.objects.bulk_create([copy])

    return act


def keep_another_current_plan():
    shipped(Plan).update(is_current=True)
    double(Plan, {}, code="another", document=None)()


def name_a_unit_of_no_area_twice():
    Organization.objects.filter(code="O01").update(top_area=None)
    double(Organization, {"code": "O01"}, code="S01")()


def quote_a_target_twice():
    quoted = {"grade": "text", "printed": "9家", "source": "", "decided_on": None, "entered_by": None}
    found(Target, {}).update(**quoted)
    double(Target, {})()


def begin_a_duty_twice():
    shipped(ReportingDuty).update(valid_from=date(2016, 1, 1))
    double(ReportingDuty, {})()


@pytest.fixture
def rows(plan):
    """The plan with rows entered by staff, among them a published report and its correction."""
    user, area, period = (
        make.person("填报甲", areas=["131127"]),
        make.area("131127"),
        make.period("2018-H1"),
    )
    indicator, goal = shipped(Indicator).get(code="I13"), shipped(Goal).get(code="G01")
    make.duty("I13", "131127")
    decided = {"decided_on": date(2016, 8, 23), "grade": "official", "source": "分解方案"}
    Target.objects.create(indicator=indicator, area=area, year=2020, value=9, **decided)
    IndicatorLink.objects.create(
        indicator=indicator, earlier=shipped(Indicator).get(code="I01"), source="统计制度"
    )
    set_thresholds()
    for thing in ({"goal": goal}, {"indicator": indicator}):
        Responsibility.objects.create(
            organization=Organization.objects.get(code="O01"), role="lead", source="分工方案", **thing
        )
    now = datetime(2019, 3, 1, tzinfo=UTC)
    for revision, status, published_at in ((1, "published", now), (2, "draft", None)):
        review = {"period": period, "revision": revision, "status": status, "published_at": published_at}
        observation = Observation.objects.create(indicator=indicator, area=area, value=5, **review)
        Assessment.objects.create(goal=goal, text="稳步推进。", **review)
    PeriodReport.objects.create(
        period=period, edition=1, kind="mid_term", content="{}", sha256="0" * 64, published_by=user
    )
    AccessEntry.objects.create(kind=AccessKind.LOGIN, user=user, username=user.username, by=user)
    file = EvidenceFile.objects.create(name="公告.pdf", kind="pdf", size=9, sha256="0" * 64)
    Evidence.objects.create(observation=observation, title="公告", source="公报", file=file, added_by=user)
    ReviewEvent.objects.create(
        observation=observation, act="submit", actor=user, from_status="draft", to_status="submitted"
    )


def review_acts(model: type[models.Model], name: str) -> dict:
    return {
        f"{name}_status_known": change(model, CORRECTION, status="lost"),
        f"{name}_revision_once": change(model, CORRECTION, revision=1),
        f"{name}_one_open": double(model, CORRECTION, revision=3),
        f"{name}_one_published": double(model, PUBLISHED, revision=3),
        f"{name}_published_at_some_time": change(model, PUBLISHED, published_at=None),
    }


PUBLISHED, CORRECTION = {"revision": 1, "period__code": "2018-H1"}, {"revision": 2}
HALF = {"code": "2018-H1"}
FIRST_GOAL, FIRST_LINK = {"goal__code": "G01"}, {"goal__code": "G08", "indicator__code": "I03"}
BASELINE = {"indicator__code": "I01"}

ACTS = {
    # targets
    "plan_completeness_known": change(Plan, {}, completeness="some"),
    "plan_keeper_known": change(Plan, {}, keeper="nobody"),
    "plan_code_fits_addresses": change(Plan, {}, code="Sti_13"),
    "plan_withdrawn_with_reason": change(Plan, {}, is_public=False, withdrawn_on=date(2019, 3, 1)),
    "plan_current_once": keep_another_current_plan,
    "plan_years_in_order": change(Plan, {}, end_year=2015),
    "plan_truncation_explained": change(Plan, {}, completeness_note=""),
    "area_kind_known": change(Area, {"code": "131127"}, kind="village"),
    "area_code_system_known": change(Area, {"code": "131127"}, code_system="own"),
    "area_validity_in_order": change(Area, {"code": "131181"}, valid_from=date(2016, 7, 1)),
    "area_not_above_itself": change(Area, {"code": "131127"}, parent=F("id")),
    "organization_kind_known": change(Organization, {"code": "O01"}, kind="club"),
    "organization_named_once": double(Organization, {"code": "O01"}, code="S01"),
    "organization_named_once_without_area": name_a_unit_of_no_area_twice,
    "goal_not_below_itself": change(Goal, {"code": "G01"}, parent=F("id")),
    "goal_code_once": double(Goal, {"code": "G01"}),
    "indicator_kind_known": change(Indicator, {"code": "I01"}, kind="guess"),
    "indicator_level_known": change(Indicator, {"code": "I01"}, level="world"),
    "indicator_level_scope_known": change(Indicator, {"code": "I01"}, level_scope="below"),
    "indicator_direction_known": change(Indicator, {"code": "I01"}, direction="left"),
    "indicator_roll_up_known": change(Indicator, {"code": "I01"}, roll_up="mean"),
    "indicator_nature_known": change(Indicator, {"code": "I01"}, nature="wished"),
    "indicator_retired_with_reason": change(Indicator, {"code": "I01"}, retired_on=date(2019, 1, 1)),
    "indicator_not_its_own_successor": change(
        Indicator, {"code": "I01"}, retired_on=date(2019, 1, 1), retired_reason="停统", successor=F("id")
    ),
    "indicator_has_unit": change(Indicator, {"code": "I01"}, unit=""),
    "indicator_decimals_fit": change(Indicator, {"code": "I01"}, decimals=5),
    "indicator_not_part_of_itself": change(Indicator, {"code": "I01"}, part_of=F("id")),
    "indicator_assumption_not_tracked": change(Indicator, {"kind": "derived"}, is_tracked=True),
    "indicator_definition_has_source": change(Indicator, {"code": "I01"}, definition="口径"),
    "indicator_code_once": double(Indicator, {"code": "I01"}),
    "indicator_link_once": double(IndicatorLink, {}),
    "indicator_link_to_another": change(IndicatorLink, {}, earlier=F("indicator")),
    "indicator_link_has_source": change(IndicatorLink, {}, source=""),
    "goal_link_standing_known": change(GoalLink, FIRST_LINK, standing="maybe"),
    "goal_link_once": double(GoalLink, FIRST_LINK),
    "goal_link_has_source": change(GoalLink, FIRST_LINK, source=""),
    "baseline_comparator_known": change(Baseline, BASELINE, comparator="roughly"),
    "baseline_basis_known": change(Baseline, BASELINE, basis="someday"),
    "baseline_grade_known": change(Baseline, BASELINE, grade="rumour", source="某处"),
    "baseline_once_per_area": double(Baseline, BASELINE),
    "baseline_has_origin": change(Baseline, BASELINE, grade="official"),
    "baseline_not_negative": change(Baseline, BASELINE, value=-1),
    "baseline_fact_level_known": change(BaselineFact, {"code": "Q1"}, level="world"),
    "baseline_fact_basis_known": change(BaselineFact, {"code": "Q1"}, basis="someday"),
    "baseline_fact_code_once": double(BaselineFact, {"code": "Q1"}),
    "period_once": double(Period, HALF),
    "period_code_known": change(Period, HALF, code="foo"),
    "period_days_follow_from_code": change(Period, HALF, code="2018-H2"),
    "period_due_after_its_end": change(Period, HALF, due_on=date(2018, 6, 29)),
    "period_report_kind_known": change(PeriodReport, {}, kind="daily"),
    "period_report_edition_once": double(PeriodReport, {}),
    "period_report_edition_counted": change(PeriodReport, {}, edition=0, reason="再版"),
    "period_report_has_content": change(PeriodReport, {}, content=""),
    "period_report_has_sha256": change(PeriodReport, {}, sha256=""),
    "period_report_says_why_again": change(PeriodReport, {}, edition=2),
    "target_comparator_known": change(Target, {}, comparator="roughly"),
    "target_form_known": change(Target, {}, form="wish"),
    "target_quoted_or_decided": change(Target, {}, grade="text"),
    "target_has_source": change(Target, {}, source=""),
    "target_not_negative": change(Target, {}, value=-5),
    "target_year_sensible": change(Target, {}, year=0),
    "target_decided_once_a_day": double(Target, {}, value=10),
    "target_once_without_day": quote_a_target_twice,
    "threshold_in_order": change(ThresholdDecision, {}, ahead_from=1),
    "threshold_positive": change(ThresholdDecision, {}, slightly_behind_from=0),
    "threshold_has_source": change(ThresholdDecision, {}, source=""),
    "threshold_decided_once_a_day": double(ThresholdDecision, {}, ahead_from=2),
    **review_acts(Observation, "observation"),
    "observation_comparator_known": change(Observation, CORRECTION, comparator="roughly"),
    "observation_value_or_reason": change(Observation, CORRECTION, value=None),
    "observation_whole_fraction": change(Observation, CORRECTION, numerator=1),
    "observation_not_negative": change(Observation, CORRECTION, value=-5),
    "observation_numerator_not_negative": change(Observation, CORRECTION, numerator=-1, denominator=2),
    "observation_grade_not_text": change(Observation, CORRECTION, grade="text", source="规划"),
    "observation_has_source": change(Observation, CORRECTION, grade="media"),
    **review_acts(Assessment, "assessment"),
    "assessment_has_text": change(Assessment, CORRECTION, text=""),
    "evidence_about_one_report": change(Evidence, {}, observation=None),
    "evidence_has_title": change(Evidence, {}, title=""),
    "evidence_has_source": change(Evidence, {}, source=""),
    "evidence_file_has_name": change(EvidenceFile, {}, name=""),
    "evidence_file_has_sha256": change(EvidenceFile, {}, sha256=""),
    "evidence_file_kind_known": change(EvidenceFile, {}, kind="exe"),
    "evidence_file_not_empty": change(EvidenceFile, {}, size=0),
    "evidence_url_of_the_web": change(Evidence, {}, url="javascript:alert(1)"),
    "review_event_act_known": change(ReviewEvent, {}, act="dance"),
    "review_event_about_one_thing": change(ReviewEvent, {}, observation=None),
    "review_event_says_why": change(ReviewEvent, {}, act="return"),
    "review_event_moves": change(ReviewEvent, {}, to_status="draft"),
    "reporting_duty_once": begin_a_duty_twice,
    "reporting_duty_once_without_start": double(ReportingDuty, {}),
    "reporting_duty_days_in_order": change(
        ReportingDuty, {}, valid_from=date(2018, 1, 1), valid_to=date(2017, 12, 31)
    ),
    "reporting_duty_frequency_known": change(ReportingDuty, {}, frequency=5),
    "responsibility_role_known": change(Responsibility, {"indicator": None}, role="cheer"),
    "responsibility_for_one_thing": change(Responsibility, {"indicator": None}, goal=None),
    "responsibility_for_a_goal_once": double(Responsibility, {"indicator": None}),
    "responsibility_for_an_indicator_once": double(Responsibility, {"goal": None}),
    "responsibility_has_source": change(Responsibility, {"indicator": None}, source=""),
    "area_assignment_once": double(AreaAssignment, {}),
    # An entry of the log cannot be changed at all.
    "access_entry_kind_known": double(AccessEntry, {}, kind="dance"),
    "access_entry_has_username": double(AccessEntry, {}, username=""),
    # measures
    "source_text_once": take_a_text_to_another_plan,
    "source_text_not_empty": change(SourceText, {}, text=""),
    "section_kind_known": change(Section, {"code": "1"}, kind="verse"),
    "section_span_in_order": change(Section, {"code": "1"}, end=F("start")),
    "section_code_once": change(Section, {"code": "1"}, code="2"),
    "section_position_once": change(Section, {"code": "1"}, position=0),
    "section_one_root": change(Section, {"code": "1"}, parent=None),
    "correction_kind_known": change(Correction, {"code": "SL01"}, kind="joke"),
    "correction_code_once": double(Correction, {"code": "SL01"}),
    "correction_confidence_known": change(Correction, {"code": "SL01"}, confidence="total"),
    "correction_span_in_order": change(Correction, {"code": "SL01"}, end=F("start")),
    "correction_has_reason": change(Correction, {"code": "SL01"}, reason=""),
    "correction_changes_something": change(Correction, {"code": "SL01"}, suggested=F("as_printed")),
    "correction_entered_by_someone_at_some_time": change(
        Correction, {"code": "SL01"}, entered_at=datetime(2024, 5, 1, tzinfo=UTC)
    ),
    "principle_number_once": change(Principle, {"code": "PR2"}, number=1),
    "principle_code_once": change(Principle, {"code": "PR2"}, code="PR1"),
    "weakness_code_once": double(Weakness, {"code": "W1"}),
    "policy_level_known": change(Policy, {"code": "PO01"}, level="world"),
    "policy_issuer_basis_known": change(Policy, {"code": "PO01"}, issuer_basis="rumour"),
    "policy_issuer_has_basis": change(Policy, {"code": "PO01"}, issuer=""),
    "policy_year_from_number": change(Policy, {"code": "PO01"}, year=None),
    "policy_number_once": double(Policy, {"code": "PO01"}, code="PO99"),
    "measure_code_once": double(Measure, {"code": "M01"}),
    "measure_not_part_of_itself": change(Measure, {"code": "M01"}, part_of=F("id")),
    "citation_span_in_order": change(Citation, FIRST_GOAL, end=F("start")),
    "citation_supports_one_record": change(Citation, FIRST_GOAL, goal=None),
    **{f"citation_of_{field}_once": cite_a_record_twice(field) for field in CITED},
    "number_token_kind_known": change(NumberToken, {"code": "N01"}, kind="guess"),
    "number_token_code_once": change(NumberToken, {"code": "N01"}, code="N02"),
    "number_token_span_in_order": change(NumberToken, {"code": "N01"}, end=F("start")),
    "number_token_once": double(NumberToken, {"code": "N01"}, code="N99"),
    "number_token_of_policy": change(NumberToken, {"code": "N01"}, kind="document_number"),
}

CONSTRAINTS = {
    constraint.name: (model, constraint)
    for label in ("targets", "measures")
    for model in apps.get_app_config(label).get_models()
    for constraint in model._meta.constraints
}


def words_of_refusal(name: str) -> str:
    """Return the constraint's name in an error message: SQLite names the columns of a unique constraint."""
    model, constraint = CONSTRAINTS[name]
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        columns = [model._meta.get_field(field).column for field in constraint.fields]
        return ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
    return name


def test_every_constraint_of_the_models_is_tested_here():
    assert set(ACTS) == set(CONSTRAINTS)


@pytest.mark.parametrize("name", ACTS)
def test_the_database_refuses_a_row_that_breaks(rows, name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ACTS[name]()
    assert words_of_refusal(name) in str(refusal.value)


def test_a_citation_cannot_support_two_records(plan):
    with pytest.raises(IntegrityError, match="citation_supports_one_record"), transaction.atomic():
        shipped(Citation).filter(goal__code="G01").update(measure=shipped(Measure).first())


@pytest.mark.parametrize(
    "values",
    [
        {"value": 5, "unavailable_reason": "无统计"},
        {"numerator": 1, "denominator": 0},
        {"denominator": 2},
        {"numerator": None, "denominator": -2},
    ],
)
def test_an_observation_has_a_value_or_a_reason_and_a_fraction_has_both_parts(rows, values):
    rule = "observation_value_or_reason|observation_whole_fraction"
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        shipped(Observation).filter(**CORRECTION).update(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"code": "2018\n"},
        {"code": "2018-Q5"},
        {"code": "1918-H1"},
        {"code": "2019-H1"},
        {"code": "2018"},
        {"start": date(2018, 2, 1)},
        {"start": date(2018, 1, 2)},
        {"start": date(2017, 1, 1)},
        {"end": date(2018, 7, 30)},
        {"end": date(2018, 6, 29)},
        {"end": date(2019, 6, 30)},
    ],
)
def test_a_period_has_a_known_code_and_its_days(rows, values):
    rule = "period_code_known|period_days_follow_from_code"
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        shipped(Period).filter(**HALF).update(**values)


def test_every_period_with_a_valid_code_can_be_stored(plan):
    codes = [code for months in (12, 6, 3) for code in periods.within(2000, 2099, months)]
    kept = set(shipped(Period).values_list("code", flat=True))
    rows = [Period.of(shipped_plan(), code) for code in codes if code not in kept]
    assert len(Period.objects.bulk_create(rows)) == 700 - len(kept)
