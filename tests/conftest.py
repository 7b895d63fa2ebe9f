from pathlib import Path

import pytest
from django.conf import settings

from measures import loading

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


@pytest.fixture
def plan(db):
    """The real plan, loaded from the real files."""
    loading.load(FIXTURES)
