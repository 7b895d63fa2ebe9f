"""Django views over raw SQL without middleware, counts or checks: about the fastest written by hand."""

import csv
import os

import environ
import orjson
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

DATABASE = environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": None}
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of no use elsewhere",
    DATABASES={"default": DATABASE},
    USE_TZ=True,
)
COLUMNS = [
    "indicator",
    "area",
    "period",
    "value",
    "comparator",
    "numerator",
    "denominator",
    "unavailable_reason",
    "as_of_date",
    "grade",
    "source",
    "note",
    "revision",
    "published_at",
    "updated_at",
]
ROWS = """
    SELECT {columns}
    FROM targets_observation o
    JOIN targets_indicator i ON i.id = o.indicator_id
    JOIN targets_area a ON a.id = o.area_id
    JOIN targets_period p ON p.id = o.period_id
    WHERE o.status = 'published' {also}
    ORDER BY i.code, a.code, p."end", p.start DESC
"""
AS_STORED = """
    i.code, a.code, p.code, o.value, o.comparator, o.numerator, o.denominator, o.unavailable_reason,
    o.as_of_date, o.grade, o.source, o.note, o.revision, o.published_at, o.updated_at
"""
# Nearly what the product's file shows: labels, local times, whether there is evidence.
TIME = {
    "sqlite": "replace(datetime({}, '+8 hours'), ' ', 'T') || substr({}, 20) || '+08:00'",
    "postgresql": "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+08:00'",
}
AS_SHOWN = """
    i.code, a.code, p.code, o.value, o.comparator,
    CASE o.comparator WHEN 'eq' THEN '等于' WHEN 'ge' THEN '不小于' ELSE '其他' END,
    o.numerator, o.denominator, o.unavailable_reason, o.as_of_date, o.grade,
    CASE o.grade WHEN 'demo' THEN '演示' WHEN 'media' THEN '媒体' ELSE '其他' END, o.source, o.note,
    (SELECT e.observation_id FROM targets_evidence e WHERE e.observation_id = o.id LIMIT 1),
    o.revision, {published_at}, {updated_at}
"""
AT_ONCE = 1000


class Echo:
    def write(self, text):
        return text


def page(request):
    with connection.cursor() as cursor:
        # With a joined period SQLite would read all observations.
        period = "(SELECT id FROM targets_period WHERE code = %s)"
        rows = ROWS.format(columns=AS_STORED, also=f"AND o.period_id = {period}")
        cursor.execute(f"{rows} LIMIT 100", [request.GET["period"]])
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    return HttpResponse(orjson.dumps({"results": rows}, default=float), content_type="application/json")


def whole(request):
    return StreamingHttpResponse(lines(), content_type="text/csv")


def lines():
    writer = csv.writer(Echo())
    time = TIME[connection.vendor]
    times = {name: time.replace("{}", f"o.{name}") for name in ("published_at", "updated_at")}
    yield writer.writerow(["column"] * 18)
    # Both engines read while rows are sent, PostgreSQL by a server-side cursor.
    with connection.chunked_cursor() as cursor:
        cursor.execute(ROWS.format(columns=AS_SHOWN.format(**times), also=""))
        while rows := cursor.fetchmany(AT_ONCE):
            yield "".join(writer.writerow(row) for row in rows)


urlpatterns = [path("observations", page), path("observations.csv", whole)]
application = get_wsgi_application()
