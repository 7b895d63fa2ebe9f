"""The environment of the suite, set before the settings are read (see addopts in pyproject.toml).

Only DATABASE_URL is taken from outside: it names the database that the suite runs on.
"""

import os

for name in (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "HTTPS",
    "BEHIND_PROXY",
    "LOG_LEVEL",
    "LOGIN_FAILURES",
    "LOGIN_FAILURES_OF_ADDRESS",
    "LOGIN_LOCK_MINUTES",
    "IDLE_MINUTES",
    "PASSWORD_NOTICE_DAYS",
    "ACCESS_LOG_DAYS",
    "EVIDENCE_DIR",
    "UPLOAD_MAX_MB",
    "SITE_NAME",
):
    os.environ.pop(name, None)
os.environ["DEBUG"] = "1"
# The suite sends more requests a minute than any dashboard; the limit has its own tests.
os.environ["API_PER_MINUTE"] = "0"
os.environ["SECRET_KEY"] = "a key for the suite alone, of no use anywhere else"
# Playwright's synchronous API keeps an event loop running in the test's thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
