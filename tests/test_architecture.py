"""The house keeps its shape: apps point one way, modules import downwards, names say what is inside.

docs/architecture.md gives the picture; a module that is new here gets its rank there too.
"""

import ast
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

# An app may import itself and what stands to the right of it.
APPS = ("hengshui_plan", "measures", "targets")
FRAMEWORKS = {
    "openpyxl",
    "orjson",
    "granian",
    "defusedxml",
    "django",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "simple_history",
    "axes",
}

RANKS = {
    "outline": 0,
    "quantities": 0,
    "figures": 0,
    "reading": 0,
    "progress": 0,
    "status": 0,
    "periods": 0,
    "charts": 0,
    "verdict": 0,
    "documents": 0,
    "synthetic": 0,
    "invention": 0,
    "faces": 0,
    "history": 1,
    "models": 1,
    "access": 2,
    "accounts": 2,
    "annotations": 2,
    "changes": 2,
    "columns": 2,
    "comparison": 2,
    "inputs": 2,
    "datapackage": 2,
    "cubes": 2,
    "loading": 2,
    "logins": 2,
    "passwords": 2,
    "paging": 2,
    "verification": 2,
    "demo": 2,
    "rehearsal": 2,
    "search": 2,
    "release": 2,
    "schema": 2,
    "checks": 2,
    "files": 2,
    "flat": 2,
    "uploads": 2,
    "entry": 2,
    "permissions": 2,
    "ledger": 2,
    "sharing": 2,
    "tracking": 2,
    "walindex": 2,
    "review": 2,
    "roles": 2,
    "forms": 2,
    "tables": 2,
    "sheets": 2,
    "filters": 2,
    "serializers": 2,
    "standing": 2,
    "stratml": 2,
    "reporting": 2,
    "area_sheet": 2,
    "differences": 2,
    "views": 3,
    "api": 3,
    "admin": 3,
    "desk": 3,
    "templatetags": 3,
    "management": 3,
    "context": 3,
    "feeds": 3,
    "sitemaps": 3,
    "kept": 3,
    "middleware": 3,
    "urls": 4,
    "api_urls": 4,
}
# The site's switchboard and what Django itself writes or looks for.
OUTSIDE = {"", "apps", "migrations", "settings", "wsgi"}
NAMES_TO_AVOID = {"utils", "helpers", "common", "core", "base", "services", "managers", "misc"}


class Module(NamedTuple):
    name: str
    path: Path

    @property
    def app(self) -> str:
        return self.name.split(".")[0]

    @property
    def part(self) -> str:
        """What the module is within its app: `management` for all that lies below it."""
        return f"{self.name}.".split(".")[1]


class Import(NamedTuple):
    importer: Module
    line: int
    name: str
    is_inline: bool

    def __str__(self):
        return f"{self.importer.name}, line {self.line}, imports {self.name}"


def module_of(path: Path) -> Module:
    parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
    return Module(".".join(part for part in parts if part != "__init__"), path)


MODULES = {
    module.name: module
    for app in APPS
    for module in map(module_of, sorted((settings.BASE_DIR / app).rglob("*.py")))
}


def imports_of(module: Module) -> list[Import]:
    tree = ast.parse(module.path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    return [
        Import(module, node.lineno, name, id(node) not in top)
        for node in ast.walk(tree)
        for name in imported_names(module, node)
    ]


def imported_names(module: Module, node: ast.AST) -> list[str]:
    """The modules that a node imports; of `from package import name` the module, if name is one."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    source = node.module or ""
    if node.level:
        package = module.name.split(".")
        is_package = module.path.name == "__init__.py"
        kept = package[: len(package) - node.level + is_package]
        source = ".".join([*kept, *filter(None, [node.module])])
    whole = {f"{source}.{alias.name}" for alias in node.names}
    return sorted(whole & MODULES.keys()) or [source]


IMPORTS = [found for module in MODULES.values() for found in imports_of(module)]


def own(name: str) -> bool:
    return name.split(".")[0] in APPS


def rank(name: str) -> int | None:
    return RANKS.get(f"{name}.".split(".")[1])


def test_the_walk_sees_the_imports_that_are_there():
    """Should the walk break, all the tests below would pass on nothing."""
    seen = {(found.importer.name, found.name) for found in IMPORTS}
    assert {
        ("measures.loading", "measures.annotations"),
        ("measures.loading", "measures.outline"),
        ("measures.models.text", "targets.models"),
        ("targets.models.baseline", "targets.quantities"),
        ("hengshui_plan.middleware", "hengshui_plan.views"),
        ("measures.management.commands.load_plan", "measures.loading"),
    } <= seen


def test_no_import_stands_inside_a_function_or_a_block():
    assert [str(found) for found in IMPORTS if found.is_inline] == []


def test_every_module_has_a_rank():
    unknown = [
        f"{module.name}: add it to RANKS and to docs/architecture.md"
        for module in MODULES.values()
        if module.part not in RANKS and module.part not in OUTSIDE
    ]
    assert unknown == []


def test_no_app_imports_an_app_to_its_left():
    against = [
        str(found)
        for found in IMPORTS
        if own(found.name) and APPS.index(found.importer.app) > APPS.index(found.name.split(".")[0])
    ]
    assert against == []


def test_no_module_imports_one_of_a_higher_rank():
    upwards = [
        str(found)
        for found in IMPORTS
        if found.importer.part in RANKS
        and own(found.name)
        and (rank(found.name) is None or rank(found.name) > RANKS[found.importer.part])
    ]
    assert upwards == []


def test_a_pure_module_imports_the_standard_library_and_pure_modules_only():
    impure = [
        str(found)
        for found in IMPORTS
        if RANKS.get(found.importer.part) == 0
        and found.name.split(".")[0] not in sys.stdlib_module_names
        and not own(found.name)
    ]
    assert impure == []


def test_the_apps_know_no_package_but_the_frameworks():
    strangers = [
        str(found)
        for found in IMPORTS
        if found.importer.part != "settings"
        and not own(found.name)
        and found.name.split(".")[0] not in FRAMEWORKS | sys.stdlib_module_names
    ]
    assert strangers == []


@pytest.mark.parametrize("name", sorted(NAMES_TO_AVOID))
def test_no_module_has_a_name_that_says_nothing(name):
    """`management/base.py` and the like included: a process has its verb's name."""
    assert [module.name for module in MODULES.values() if name in module.name.split(".")] == []
