"""Which release this is: with the same data another one may answer differently."""

from functools import cache
from hashlib import sha256

from django.conf import settings

SOURCES = [
    "requirements.txt",
    "hengshui_plan/**/*.py",
    "measures/**/*.py",
    "targets/**/*.py",
    "hengshui_plan/static/**/*.*",
    "templates/**/*.*",
]


@cache
def fingerprint() -> str:
    """Of the program and of the settings that readers see, read once in a process."""
    digest = sha256(repr((settings.SITE_SPONSOR, settings.SITE_ICP_NUMBER, settings.SITE_CONTACT)).encode())
    for pattern in SOURCES:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
