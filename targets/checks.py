"""What a reported value must stand: the rules of its table, and those that its indicator sets."""

from decimal import Decimal

from django.core.exceptions import ValidationError

from targets.models import IndicatorKind, Observation

# The field at which a rule of the table is explained.
FIELD_OF = {
    "observation_value_or_reason": "value",
    "observation_whole_fraction": "denominator",
    "observation_grade_not_text": "grade",
    "observation_has_source": "source",
}
# No rule of a single row speaks of these, and to look at them would cost a query each.
RELATIONS = [field.name for field in Observation._meta.fields if field.is_relation]


def check_values(row: Observation):
    """What a field alone does not say: the rules of the table, and those that the indicator sets.

    Raises ValidationError by field.
    """
    faults = {}
    for rule in row._meta.constraints:
        if rule.name in FIELD_OF:
            try:
                rule.validate(Observation, row, exclude=RELATIONS)
            except ValidationError as fault:
                faults[FIELD_OF[rule.name]] = fault.messages
    if not faults and row.value is not None and (sentence := _fault_of_value(row)):
        faults["value"] = sentence
    if faults:
        raise ValidationError(faults)


def _fault_of_value(row: Observation) -> str:
    """Its range, its decimals, and that a fraction gives it; empty where nothing is wrong."""
    indicator, places = row.indicator, row.indicator.decimals
    is_ratio = indicator.kind == IndicatorKind.RATIO
    if is_ratio and not 0 <= row.value <= 100:
        return "比率应在 0 到 100 之间。"
    if row.value < 0:
        return "请填 0 或正数。"
    if row.value != round(row.value, places):
        return f"最多填 {places} 位小数。" if places else "请填整数。"
    if is_ratio and row.denominator:
        exact = row.numerator / row.denominator * indicator.scale
        # Rounded or cut off, a value is less than one unit of its last place away.
        if abs(exact - row.value) >= Decimal(10) ** -places:
            return f"分子除以分母得 {round(exact, places)}{indicator.unit}，与所填不符。"
    return ""
