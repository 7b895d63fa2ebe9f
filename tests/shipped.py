"""The rows of the shipped plan; in every test a second plan stands beside it."""

from targets.models import Plan

# Narrows a list of the desk, and says which plan a new row is of.
OF_IT = "?plan=sti-13"


def shipped_plan() -> Plan:
    return Plan.objects.get(code="sti-13")


def shipped(model):
    """Return the rows of the shipped plan in the table of a model."""
    return model.objects.of_plan("sti-13")
