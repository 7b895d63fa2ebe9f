from django.apps import AppConfig
from django.contrib.admin import apps


class SiteConfig(AppConfig):
    name = "hengshui_plan"


class DeskConfig(apps.AdminConfig):
    """The admin with the desk's own site in place of Django's."""

    default = False
    default_site = "hengshui_plan.desk.site.DeskSite"
