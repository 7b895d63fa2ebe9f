from django.urls import path
from rest_framework.routers import SimpleRouter

from hengshui_plan import api

app_name = "api"

router = SimpleRouter()
for name, view in api.ENDPOINTS.items():
    router.register(name, view, basename=name)

urlpatterns = [
    path("", api.Root.as_view(), name="root"),
    path("schema/", api.Schema.as_view(), name="schema"),
    path("docs/", api.Docs.as_view(), name="docs"),
    *router.urls,
]
