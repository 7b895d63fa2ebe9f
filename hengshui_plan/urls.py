from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.generic import TemplateView

from hengshui_plan.views import pages, shared_pages
from hengshui_plan.views.feeds import Publications
from hengshui_plan.views.sitemaps import PublicPages
from measures.views import pages as words
from targets import views as numbers

# Below the plan's code.
of_a_plan = [
    path("", pages.overview, name="overview"),
    path("text/", words.plan_text, name="text"),
    path("principles/", words.principles, name="principles"),
    path("principles/<int:number>/", words.principle, name="principle"),
    path("goals/", numbers.goals, name="goals"),
    path("goals/<slug:code>/", numbers.goal, name="goal"),
    path("indicators/", numbers.indicators, name="indicators"),
    path("indicators/<slug:code>/", numbers.indicator, name="indicator"),
    path("indicators/<slug:code>/chart.svg", numbers.indicator_chart, name="indicator_chart"),
    path("embed/indicator/<str:code>/", numbers.embedded_indicator, name="embedded_indicator"),
    path("areas/", numbers.areas, name="areas"),
    path("areas/<slug:code>/", numbers.area, name="area"),
    path("reports/", numbers.reports, name="reports"),
    path("reports/<str:code>/", numbers.report, name="report"),
    path("reports/<str:code>/report.json", numbers.report_file, name="report_file"),
    path("compare/", numbers.compare, name="compare"),
    path("measures/", words.measures, name="measures"),
    path("measures/<slug:code>/", words.measure, name="measure"),
    path("policies/", words.policies, name="policies"),
    path("policies/<slug:code>/", words.policy, name="policy"),
    path("method/", pages.method, name="method"),
    path("feed/", Publications(), name="feed"),
]

urlpatterns = [
    path("", shared_pages.front_door, name="front_door"),
    path("search/", shared_pages.search, name="search"),
    path("data/", shared_pages.data, name="data"),
    path("areas/<slug:code>/", shared_pages.area_in_plans, name="area_in_plans"),
    path("organizations/<slug:code>/", shared_pages.organization, name="organization"),
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": PublicPages}}, name="sitemap"),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain")),
    path("favicon.ico", pages.favicon),
    path("api/v1/", include("hengshui_plan.api.urls")),
    path("admin/", admin.site.urls),
    # Last: a plan's code is none of the first segments above.
    path("<slug:plan>/", include(of_a_plan)),
]

handler400 = "hengshui_plan.views.pages.bad_request"
handler404 = "hengshui_plan.views.pages.not_found"
handler500 = "hengshui_plan.views.pages.server_error"
