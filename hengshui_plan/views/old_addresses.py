"""Addresses from the time when the site had one plan and no plan's code in them."""

from django.urls import Resolver404, resolve, reverse

from targets.review import roles

PLAN = "sti-13"
RENAMED = {"plan/": "text/"}


def new_address(path: str, user) -> str | None:
    """Where a page or an API list that had no plan's code stands now.

    None for any other path, and the front door or the list of plans where the user may not see the plan.
    """
    api = reverse("api:root")
    root, home = (api, f"{api}plans/{PLAN}/") if path.startswith(api) else ("/", f"/{PLAN}/")
    rest = path.removeprefix(root)
    moved = home + RENAMED.get(rest, rest)
    if not rest or _is_shared(path) or not _is_below_a_plan(moved):
        return None
    if roles.plans_seen_by(user).filter(code=PLAN).exists():
        return moved
    return reverse("api:root") + "plans/" if root == api else reverse("front_door")


def _is_below_a_plan(path: str) -> bool:
    match = _match(path)
    return bool(match and match.kwargs.get("plan") == PLAN)


def _is_shared(path: str) -> bool:
    match = _match(path)
    return bool(match and "plan" not in match.kwargs)


def _match(path: str):
    try:
        return resolve(path)
    except Resolver404:
        return None
