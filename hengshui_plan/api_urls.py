from django.urls import path
from rest_framework.routers import SimpleRouter

from hengshui_plan import api
from measures import api as words
from targets import api as numbers

app_name = "api"

router = SimpleRouter()
for name, view in api.ENDPOINTS.items():
    router.register(name, view, basename=name)

urlpatterns = [
    path("", api.Root.as_view(), name="root"),
    path("schema/", api.Schema.as_view(), name="schema"),
    path("docs/", api.Docs.as_view(), name="docs"),
    path("datapackage.json", numbers.DataPackage.as_view(), name="datapackage"),
    path("csv/<slug:name>.csv", numbers.CsvFile.as_view(), name="csv"),
    path("stratml.xml", words.StratML.as_view(), name="stratml"),
    *router.urls,
]
