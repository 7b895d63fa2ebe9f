"""The text of the plan, its sections, citations and corrections, and the records that it names.

Offsets are code points of SourceText.text, half-open [start, end). The text itself never changes.
"""

from measures.models.citation import CITED, FIGURES, Citation
from measures.models.correction import Confidence, Correction, CorrectionKind
from measures.models.measure import Measure
from measures.models.number_token import NumberToken, NumberTokenKind
from measures.models.principle import Principle, Weakness
from measures.models.text import Section, SectionKind, SourceText
