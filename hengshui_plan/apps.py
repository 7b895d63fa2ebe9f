from django.contrib.admin import apps


class DeskConfig(apps.AdminConfig):
    default = False
    default_site = "hengshui_plan.desk.site.DeskSite"
