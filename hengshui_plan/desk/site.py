from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.validators import MaxLengthValidator
from django.urls import include, path

from hengshui_plan.desk import home, work_pages
from targets.models import Plan


class LoginForm(AdminAuthenticationForm):
    """Refuses a name too long for the database, which Django's form does not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(name.max_length))


class DeskSite(admin.AdminSite):
    site_header = f"{settings.SITE_NAME}后台"
    index_title = "工作台"
    login_form = LoginForm

    def get_urls(self):
        of_a_plan = [
            path(page.route, self.admin_view(page.view), name=page.name) for page in work_pages.PAGES
        ]
        return [path("<slug:plan>/", include(of_a_plan)), *super().get_urls()]

    def index(self, request, extra_context=None):
        plans = list(Plan.objects.of_all_plans().current_first().prefetch_related("areas"))
        ways = work_pages.links(request.user, plans)
        waiting = home.waiting_for(request.user, plans)
        context = {
            "parts": [(plan, ways[plan.code], waiting[plan.code]) for plan in plans],
            "has_several_plans": len(plans) > 1,
            "is_waiting": any(waiting.values()),
            "latest": home.latest(request.user),
        }
        return super().index(request, context | (extra_context or {}))
