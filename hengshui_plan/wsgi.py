import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
site = get_wsgi_application()

# After Django's setup.
from django.conf import settings

from hengshui_plan.delivery.response_cache import ResponseCache

application = site if settings.DEBUG else ResponseCache(site)

# Pages make tens of thousands of short-lived objects: collect less often, and never what was loaded at start.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
