"""Checks that the records agree with the text, from the database alone.

Each check yields a sentence for each fault. Hashes, spans, numbers, sums and counts are computed again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations

from measures.loading.numbers import check_baselines, check_derived, check_number_tokens, check_targets
from measures.models import CITED, FIGURES, Citation, NumberTokenKind, Section, SourceText
from measures.reading import outline
from measures.reading.layers import Edit, layer
from measures.reading.sentences import sentence_around
from targets.models import Area, Completeness, IssuerBasis, Organization, Policy

# The column of a record with words of the text.
WORDING = {"goal": "statement", "weakness": "text", "principle": "title"}
PLACES = ("start", "end", "heading_start", "heading_end", "body_start")


def check_hash(source: SourceText) -> Iterator[str]:
    found = hashlib.sha256(source.text.encode()).hexdigest()
    if found != source.sha256:
        yield f"原文已被改动：SHA-256 应为 {source.sha256}，实为 {found}"


def check_plan(source: SourceText) -> Iterator[str]:
    plan = source.plan
    headings = dict(source.sections.values_list("code", "heading"))
    if headings.get("PLAN") != plan.title:
        yield f"规划名称“{plan.title}”与原文标题“{headings.get('PLAN')}”不符"
    if headings.get("ROOT") != plan.document_title:
        yield f"印发文件标题“{plan.document_title}”与原文“{headings.get('ROOT')}”不符"
    printed = {"制定机关": f"】{plan.issuer}\n"}
    if plan.number:
        printed["文号"] = f"】{plan.number}\n"
    for label, day in {"公布日期": plan.published_on, "施行日期": plan.effective_on}.items():
        if day:
            printed[label] = f"【{label}】{day:%Y.%m.%d}\n"
    for label, words in printed.items():
        if words not in source.text:
            yield f"规划的{label}与原文题注不符：原文没有“{words.strip()}”"
    truncated = [section.code for section in source.sections.all() if section.is_truncated]
    if len(truncated) != (plan.completeness == Completeness.TRUNCATED):
        yield f"文本完整性记为“{plan.get_completeness_display()}”，标为到此截断的章节有 {len(truncated)} 个"


def check_sections(source: SourceText) -> Iterator[str]:
    sections = list(source.sections.select_related("parent"))
    yield from _check_tree(source.text, {section.code: section for section in sections})
    if [section.position for section in sections] != list(range(len(sections))):
        yield "章节的阅读次序不连续"
    at = 0
    for section in sections:
        if section.start > at:
            yield f"原文第 {at} 至 {section.start} 字不属于任何章节（在章节 {section.code} 之前）"
        if source.text[section.start : section.own_end] != section.text:
            yield f"章节 {section.code} 的文字与原文第 {section.start} 至 {section.own_end} 字不符"
        at = section.own_end
    if "".join(section.text for section in sections) != source.text:
        yield "各章节的文字相连，与原文不一致"


def _check_tree(text: str, sections: dict[str, Section]) -> Iterator[str]:
    try:
        nodes = outline.parse(text)
    except outline.OutlineError as error:
        yield f"原文无法分出章节：{error}"
        return
    for node in nodes:
        section = sections.get(node.code)
        if section is None:
            yield f"缺少章节 {node.code} {node.number}{node.heading(text)}"
            continue
        found = (section.parent and section.parent.code, section.kind, *(getattr(section, n) for n in PLACES))
        if found != (node.parent, node.kind, *(getattr(node, name) for name in PLACES)):
            yield f"章节 {node.code} 的上级、类别或起止与原文不符"
        if (section.number, section.heading) != (node.number, node.heading(text)):
            yield f"章节 {node.code} 的序号或标题与原文不符"
    for code in sections.keys() - {node.code for node in nodes}:
        yield f"章节 {code} 在原文中没有"


def check_citations(source: SourceText) -> Iterator[str]:
    sections = list(source.sections.all())
    for citation in source.citations.with_records():
        what = f"{citation.cited} 的引文“{citation.joined}”"
        found = source.text[citation.start : citation.end]
        if found != citation.quote:
            yield f"{what}与原文第 {citation.start} 至 {citation.end} 字不符，原文此处为“{found}”"
        if citation.section != outline.innermost(sections, citation.start, citation.end):
            yield f"{what}不在章节 {citation.section.code} 之内，或另有更近的章节"
    for name, model in CITED.items():
        rows = model.objects.of_plan(source.plan)
        if model is Organization:
            rows = rows.in_text()
        if name in FIGURES:
            rows = rows.of_text()
        cited = source.citations.exclude(**{name: None}).values(name)
        for row in rows.exclude(pk__in=cited):
            yield f"{model._meta.verbose_name} {row} 没有引文"


def check_corrections(source: SourceText) -> Iterator[str]:
    sections = list(source.sections.all())
    corrections = list(source.corrections.select_related("section"))
    for correction in corrections:
        found = source.text[correction.start : correction.end]
        if found != correction.as_printed:
            yield f"勘误 {correction} 与原文不符，原文此处为“{found}”"
        if correction.section != outline.innermost(sections, correction.start, correction.end):
            yield f"勘误 {correction} 不在章节 {correction.section.code} 之内，或另有更近的章节"
    for first, second in combinations(corrections, 2):
        is_same = (first.start, first.end) == (second.start, second.end)
        if not is_same and first.start < second.end and second.start < first.end:
            yield f"勘误 {first} 与 {second} 所指的字重叠"


def check_readings(source: SourceText) -> Iterator[str]:
    """Goals, weaknesses and principles use only words of the text, in its order."""
    printed = layer(source.text)
    edits = [Edit(row.start, row.end, row.suggested) for row in source.corrections.reviewed()]
    corrected = layer(source.text, edits)
    for citation in source.citations.with_records():
        if citation.supports not in WORDING:
            continue
        statement = getattr(citation.cited, WORDING[citation.supports])
        span = citation.start, citation.end
        if not (citation.goal and citation.goal.parent):
            # Clauses share verbs, so the whole sentence counts; transformations are a plain list.
            span = sentence_around(source.text, *span)
        if not any(_is_subsequence(statement, text.words_between(*span)) for text in (printed, corrected)):
            yield f"{citation.cited} 的表述不是由原文“{citation.joined}”一句的字依次组成"
    yield from _check_goals(source)
    for principle in source.plan.principles.select_related("section"):
        found = (principle.title, f"{principle.number}、")
        if found != (principle.section.heading, principle.section.number):
            yield f"原则 {principle} 与章节 {principle.section} 的序号或标题不符"


def _check_goals(source: SourceText) -> Iterator[str]:
    for goal in source.plan.goals.select_related("parent").prefetch_related("citations", "parent__citations"):
        if goal.deadline_year not in (None, *source.plan.years):
            yield f"目标 {goal} 的期限 {goal.deadline_year} 年不在规划期之内"
        if goal.parent and not any(
            outer.start <= inner.start and inner.end <= outer.end
            for outer in goal.parent.citations.all()
            for inner in goal.citations.all()
        ):
            yield f"目标 {goal} 的引文不在所属目标 {goal.parent.code} 的引文之内"


def _is_subsequence(statement: str, words: str) -> bool:
    rest = iter(words)
    return all(character in rest for character in statement)


def check_policies(source: SourceText) -> Iterator[str]:
    firsts: dict[int | None, Citation] = {}
    for citation in source.citations.exclude(policy=None):
        firsts.setdefault(citation.policy_id, citation)
    for policy in Policy.objects.cited_by(source.plan):
        first = firsts.get(policy.pk)
        if first is None or first.quote != f"《{policy.title}》":
            yield f"政策文件 {policy} 的名称与首次提及之处不符"
            continue
        if policy.number and not source.text.startswith(f"({policy.number})", first.end):
            yield f"政策文件 {policy} 的文号不在它的名称之后"
        if policy.issuer_basis == IssuerBasis.TITLE and policy.issuer not in policy.title:
            yield f"政策文件 {policy} 的制定机关“{policy.issuer}”不在文件名中"


def check_tally(source: SourceText) -> Iterator[str]:
    """A folder may give no counts."""
    if not source.tally:
        return
    found = tally(source)
    for name in sorted(source.tally.keys() | found.keys()):
        if source.tally.get(name) != found.get(name):
            yield f"数目不符：{name} 核定 {source.tally.get(name)}，实有 {found.get(name)}"


def tally(source: SourceText) -> dict[str, int]:
    """Without the records that staff added."""
    plan = source.plan
    goals, indicators, policies = plan.goals, plan.indicators, plan.policies
    return {
        "章节": source.sections.count(),
        "句": sum(
            len(outline.sentences(source.text, section.words_start, section.own_end))
            for section in source.sections.all()
        ),
        "编号指标": indicators.count(),
        "观测指标": indicators.exclude(kind__in=["coefficient", "derived"]).count(),
        "测算系数": indicators.filter(kind="coefficient").count(),
        "推算值": indicators.filter(kind="derived").count(),
        "基期定性事实": plan.baseline_facts.count(),
        "原则": plan.principles.count(),
        "目标": goals.clauses().count(),
        **{f"{kind}目标": number for kind, number in _by_kind(goals.clauses())},
        **dict(_by_kind(goals.exclude(parent=None))),
        "其他政策文件": policies.exclude(issued_plan=plan).count(),
        "有文号的政策文件": policies.exclude(issued_plan=plan).exclude(number="").count(),
        "政策文件提及": source.citations.filter(policy__isnull=False).count(),
        "措施": plan.measures.count(),
        "单位": _cited_units(source),
        "问题": plan.weaknesses.count(),
        "勘误": source.corrections.reviewed().count(),
        "县市区（含前身）": Area.objects.named_in(plan).count(),
        "原文数字": source.number_tokens.count(),
        "引文": source.citations.count(),
        **{f"原文数字：{label}": number for label, number in _tokens_by_kind(source)},
        "数字字符": sum(character.isdecimal() for character in source.text),
    }


def _cited_units(source: SourceText) -> int:
    units = source.citations.exclude(organization=None)
    return units.order_by().values("organization").distinct().count()


def _tokens_by_kind(source: SourceText) -> Iterable[tuple[str, int]]:
    """In the order of the kinds, those that occur."""
    numbers = Counter(source.number_tokens.values_list("kind", flat=True))
    return ((label, numbers[kind]) for kind, label in NumberTokenKind.choices if numbers[kind])


def _by_kind(goals) -> Iterable[tuple[str, int]]:
    return Counter(filter(None, goals.values_list("kind", flat=True))).items()


CHECKS = (
    ("校验值", check_hash),
    ("规划题名、文号与年份", check_plan),
    ("章节与原文逐字相合", check_sections),
    ("引文逐字相合，且在所属章节之内", check_citations),
    ("勘误所指与原文相合", check_corrections),
    ("目标、问题、原则的表述出自原文", check_readings),
    ("政策文件的名称、文号与提及一致", check_policies),
    ("原文每个数字恰有一个归属", check_number_tokens),
    ("基期值与引文中的数、比较词、单位一致", check_baselines),
    ("目标值与引文中的数、比较词、年份一致", check_targets),
    ("推算值可由公式重算", check_derived),
    ("各类记录的数目与核定数一致", check_tally),
)


def verify(source: SourceText) -> Iterator[tuple[str, list[str]]]:
    for name, check in CHECKS:
        yield name, list(check(source))
