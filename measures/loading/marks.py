"""Loads the marks on the text, which are citations and number tokens."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models

from measures.loading.annotations import FixtureLine
from measures.loading.fixture_reader import FIGURES_OF_KIND, FixtureReader, sentence
from measures.models import NumberToken
from targets.models import Baseline, Target


class NumberedToken(NamedTuple):
    """An unsaved number of the text, and by list the records that have it."""

    token: NumberToken
    owners: dict[str, list[Any]]


@dataclass
class LoadingSummary:
    counts: dict[str, Counter] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)

    def add(self, model: type[models.Model], outcome: str, number: int = 1, detail: str = ""):
        self.counts.setdefault(str(model._meta.verbose_name), Counter())[outcome] += number
        if detail:
            self.details.append(detail)


class MarkLoader(FixtureReader):
    def __init__(self, folder: Path):
        super().__init__(folder)
        self.summary = LoadingSummary()

    def _checked_tokens(self) -> list[NumberedToken]:
        figures = [
            row
            for model in (Baseline, Target)
            for row in model.objects.of_plan(self.plan).of_text().select_related("indicator", "area")
        ]
        tokens: list[NumberedToken] = []
        for line, wanted in self._number_tokens(figures):
            token = NumberedToken(NumberToken(**wanted.key, **wanted.cells), wanted.lists)
            self._check_token(token, line, tokens)
            tokens.append(token)
        return tokens

    def _check_token(self, numbered: NumberedToken, line: FixtureLine, above: list[NumberedToken]):
        token, owners = numbered
        try:
            token.clean_fields()
            # The rows of the last loading are still there.
            token.validate_constraints(exclude={"source", "start"})
        except ValidationError as error:
            self._fault(line, sentence(error))
        for other, others in above:
            if token.start < other.end and other.start < token.end:
                self._fault(line, f"与数字标注 {other.code} 所在的文字重叠")
            for row in owners["baselines"]:
                if row in others["baselines"]:
                    self._fault(line, f"{row} 已有数字标注 {other.code}")

    def _give_numbers(self, tokens: list[NumberedToken]):
        """Join each stored number with the records that have it."""
        rows = self.source.number_tokens.prefetch_related(*FIGURES_OF_KIND.values())
        stored = {row.code: row for row in rows}
        for token, owners in tokens:
            for name, wanted in owners.items():
                relation = getattr(stored[token.code], name)
                if {*relation.all()} == {*wanted}:
                    continue
                relation.set(wanted)
                if token.pk is None:
                    what = f"更改 {NumberToken._meta.verbose_name} {token}：{label_of_column(token, name)}"
                    self.summary.add(NumberToken, "changed", detail=what)

    def _replace_marks(self, model: Any, wanted: list[Any]):
        """Replace changed marks; no row refers to them."""
        columns = [column.attname for column in model._meta.fields if not column.primary_key]
        missing = {tuple(getattr(mark, name) for name in columns): mark for mark in wanted}
        gone = [
            mark.pk
            for mark in model._default_manager.of_plan(self.plan)
            if missing.pop(tuple(getattr(mark, name) for name in columns), None) is None
        ]
        model._default_manager.of_plan(self.plan).filter(pk__in=gone).delete()
        model._default_manager.bulk_create(missing.values())
        self.summary.add(model, "created", len(missing))
        self.summary.add(model, "removed", len(gone))
        self.summary.add(model, "left", len(wanted) - len(missing))


def label_of_column(row, name) -> str:
    return str(row._meta.get_field(name).verbose_name)
