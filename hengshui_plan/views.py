"""Pages of the site itself: overview, search, data, method, and what is shown when something is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from hengshui_plan import api
from hengshui_plan.forms import SearchForm
from hengshui_plan.search import search as search_plan
from measures.models import SourceText
from targets.models import Basis, Goal, Grade, Indicator, Observation
from targets.progress import Status, count_by_status
from targets.views import counts, standing_page


@standing_page
def overview(request, as_of, standings):
    results = standings.results(standings.city)
    headline = Indicator.objects.headline().with_baselines()
    published = Observation.objects.published().select_related("indicator", "area", "period")
    context = {
        "as_of": as_of,
        "plan": standings.plan,
        "tracked": len(results),
        "counts": [(status, n) for status, n in count_by_status(results.values()).items() if n],
        "headline": [(indicator, results.get(indicator)) for indicator in headline],
        "goals": [(goal, counts(goal, standings)) for goal in Goal.objects.clauses().with_links()],
        "newest": published.order_by("-published_at", "-pk")[:10],
    }
    return render(request, "site/overview.html", context, status=as_of.http_status)


def search(request):
    form = SearchForm(request.GET)
    query = form.cleaned_data["q"].strip() if form.is_valid() else ""
    context = {"form": form, "query": query, "results": search_plan(query) if query else None}
    return render(request, "site/search.html", context, status=200 if form.is_valid() else 400)


def data(request):
    return render(request, "site/data.html", {"source": SourceText.objects.select_related("plan").first()})


def method(request):
    source = SourceText.objects.select_related("plan").first()
    context = {
        "source": source,
        "bases": Basis.choices,
        "grades": Grade.choices,
        "statuses": list(Status),
    }
    return render(request, "site/method.html", context)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        return api.not_found(request)
    return render(request, "404.html", status=404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return api.server_error(request)
    return render(request, "500.html", status=500)
