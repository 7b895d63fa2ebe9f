"""What a server runs: the site behind its kept answers."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
site = get_wsgi_application()

# Both need Django set up.
from django.conf import settings

from hengshui_plan.delivery.response_cache import ResponseCache

# While templates and styles are being written, each request shows them as they are.
application = site if settings.DEBUG else ResponseCache(site)

# A page makes tens of thousands of objects and lets go of all of them. To look through them for circles less
# often, and never through what stays as long as the process, saves much of its time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
