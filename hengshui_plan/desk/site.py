from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.validators import MaxLengthValidator
from django.urls import path

from hengshui_plan.desk import home, work_pages


class LoginForm(AdminAuthenticationForm):
    """Refuses a name too long for the database, which Django's form does not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(name.max_length))


class DeskSite(admin.AdminSite):
    index_title = "工作台"
    login_form = LoginForm

    def get_urls(self):
        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in work_pages.PAGES]
        return own + super().get_urls()

    def index(self, request, extra_context=None):
        context = {
            "waiting": home.waiting_for(request.user),
            "latest": home.latest(request.user),
            "ways": work_pages.links(request.user),
        }
        return super().index(request, context | (extra_context or {}))
