from django.urls import include, path
from rest_framework.routers import SimpleRouter

from hengshui_plan.api import root
from measures.api.stratml import StratML
from targets.api import data_package

app_name = "api"


def lists(views):
    router = SimpleRouter()
    for name, view in views.items():
        router.register(name, view, basename=name)
    return router.urls


of_a_plan = [
    path("datapackage.json", data_package.DataPackage.as_view(), name="datapackage"),
    path("csv/<slug:name>.csv", data_package.CsvFile.as_view(), name="csv"),
    path("stratml.xml", StratML.as_view(), name="stratml"),
    *lists(root.OF_A_PLAN),
]

urlpatterns = [
    path("", root.Root.as_view(), name="root"),
    path("schema/", root.Schema.as_view(), name="schema"),
    path("docs/", root.Docs.as_view(), name="docs"),
    path("plans/<slug:plan>/", include(of_a_plan)),
    *lists(root.SHARED),
]
