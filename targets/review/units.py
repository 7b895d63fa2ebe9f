"""The units of a plan."""

from django.db import transaction

from targets.models import Organization, Plan


@transaction.atomic
def take_in(plan: Plan, organization: Organization | None):
    """List a unit among those of a plan. Whoever has a duty or a responsibility in a plan is one of them."""
    if organization:
        plan.organizations.add(organization)
