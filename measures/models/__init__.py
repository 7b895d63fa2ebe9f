"""The words of the plan: its text, the tree and the slips of it, and the records that it speaks of.

Offsets are code points of SourceText.text, half-open [start, end). The text itself never changes;
what is read into it points at it.
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
