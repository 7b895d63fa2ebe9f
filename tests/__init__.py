import pytest

# A failed assertion in a helper then shows its values, as in a test.
pytest.register_assert_rewrite(
    *(f"tests.{name}" for name in ("api", "browser", "database", "make", "outcomes", "pages", "stored"))
)
