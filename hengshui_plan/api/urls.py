from django.urls import path
from rest_framework.routers import SimpleRouter

from hengshui_plan.api import root
from measures.api.stratml import StratML
from targets.api import data_package

app_name = "api"

router = SimpleRouter()
for name, view in root.ENDPOINTS.items():
    router.register(name, view, basename=name)

urlpatterns = [
    path("", root.Root.as_view(), name="root"),
    path("schema/", root.Schema.as_view(), name="schema"),
    path("docs/", root.Docs.as_view(), name="docs"),
    path("datapackage.json", data_package.DataPackage.as_view(), name="datapackage"),
    path("csv/<slug:name>.csv", data_package.CsvFile.as_view(), name="csv"),
    path("stratml.xml", StratML.as_view(), name="stratml"),
    *router.urls,
]
