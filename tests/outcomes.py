"""Outcomes of review acts, whether done or refused."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from targets import review
from tests.database import database


def state(row) -> tuple:
    row.refresh_from_db()
    return row.status, row.revision, row.version


def let_through(acts: dict) -> set[str]:
    """Return the names of acts that succeed, each tried on the same state; a refusal changes nothing."""
    before, done = database(), set()
    for name, act in acts.items():
        with transaction.atomic():
            try:
                act()
                done.add(name)
            except review.Refused:
                assert database() == before
            transaction.set_rollback(True)
    return done


def refusal(act, *args, **kwargs) -> review.Refused:
    """Return the refusal of an act, which must not change any table."""
    before = database()
    with pytest.raises(review.Refused) as refused:
        act(*args, **kwargs)
    assert database() == before
    return refused.value


def faults(act, *args, **kwargs) -> dict:
    """Return the messages by field of an invalid act, which must not change any table."""
    before = database()
    with pytest.raises(ValidationError) as fault:
        act(*args, **kwargs)
    assert database() == before
    return fault.value.message_dict


def conflict(act, *args, **kwargs) -> review.Conflict:
    refused = refusal(act, *args, **kwargs)
    assert isinstance(refused, review.Conflict)
    return refused


def lines(model, **which) -> list[tuple]:
    """Return kind, user and reason of each history record of the rows, oldest first."""
    found = model.history.filter(**which).select_related("history_user").order_by("history_id")
    return [
        (line.history_type, line.history_user and line.history_user.username, line.history_change_reason)
        for line in found
    ]
