"""DRF as in its tutorial, on the product's tables, in a project as `startproject` makes it."""

import os

import environ
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of no use elsewhere",
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": None}},
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django_filters",
        "rest_framework",
        "measures",
        "targets",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "PAGE_SIZE": 100,
        "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissionsOrAnonReadOnly"],
    },
)

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.urls import include, path
from rest_framework import routers, serializers, viewsets

from targets.models import Observation


class ObservationSerializer(serializers.ModelSerializer):
    indicator_name = serializers.ReadOnlyField(source="indicator.name")
    area_name = serializers.ReadOnlyField(source="area.name")
    period_code = serializers.ReadOnlyField(source="period.code")

    class Meta:
        model = Observation
        fields = "__all__"


class ObservationViewSet(viewsets.ModelViewSet):
    queryset = Observation.objects.filter(status="published")
    serializer_class = ObservationSerializer
    filterset_fields = ["indicator__code", "area__code", "period__code"]


router = routers.DefaultRouter()
router.register("observations", ObservationViewSet)
urlpatterns = [path("", include(router.urls))]
