"""The text of the plan, its sections, citations and corrections, and the records that it names.

Offsets are code points of SourceText.text, half-open [start, end). The text itself never changes.
"""

from measures.models.citation import CITED, Citation, CitationQuerySet
from measures.models.correction import Confidence, Correction, CorrectionKind, CorrectionQuerySet
from measures.models.measure import Measure, MeasureCategory, MeasureStatus
from measures.models.number_token import NumberToken, NumberTokenKind, NumberTokenQuerySet
from measures.models.principle import Principle, Weakness, WeaknessGroup
from measures.models.text import Section, SectionKind, SectionQuerySet, SourceText, span_in_order

__all__ = [
    "CITED",
    "Citation",
    "CitationQuerySet",
    "Confidence",
    "Correction",
    "CorrectionKind",
    "CorrectionQuerySet",
    "Measure",
    "MeasureCategory",
    "MeasureStatus",
    "NumberToken",
    "NumberTokenKind",
    "NumberTokenQuerySet",
    "Principle",
    "Section",
    "SectionKind",
    "SectionQuerySet",
    "SourceText",
    "Weakness",
    "WeaknessGroup",
    "span_in_order",
]
