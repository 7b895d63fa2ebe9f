"""The WSGI application of the site, behind the response cache."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
site = get_wsgi_application()

# These need Django set up.
from django.conf import settings

from hengshui_plan.delivery.response_cache import ResponseCache

# With DEBUG nothing is cached, so that each request shows templates and styles as they are now.
application = site if settings.DEBUG else ResponseCache(site)

# A page makes tens of thousands of objects that live as long as its request. Collect less often, and never
# look through what was loaded at the start.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
