"""The order of imports: apps point one way, rooms import only rooms above them, nothing has a cycle.

docs/architecture.md describes it.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.one_database

# Each room may import the rooms above it in its own app.
ROOMS = {
    "targets": [
        "engine",
        "spreadsheets",
        "records",
        "models",
        "standing",
        "review",
        "lists",
        "desk",
        "api",
        "views",
    ],
    "measures": ["reading", "models", "loading", "lists", "desk", "api", "views"],
    "hengshui_plan": ["accounts", "demo", "search", "desk", "api", "views", "delivery", "urls", "wsgi"],
}
# A room of `measures` may import the rooms of `targets` down to this one; the site may import all.
DOWN_TO = {"reading": None, "loading": "review"}
# Rooms of a set do not import each other; the last three are three ways to the same rows.
SIDE_BY_SIDE = [{"spreadsheets", "records"}, {"desk", "api", "views"}]
# Django fixes these places: tags belong to the pages, commands are entry points of their own.
STANDS_FOR = {"templatetags": "views"}
ENTRANCES = {"management", "admin", "apps"}
OUTSIDE = {"", "migrations", "settings"}

FRAMEWORKS = {
    "axes",
    "django",
    "django_filters",
    "drf_spectacular",
    "granian",
    "orjson",
    "rest_framework",
    "simple_history",
}
ONLY = {
    "targets.engine": set(),
    "targets.spreadsheets": {"openpyxl", "defusedxml"},
    "measures.reading": set(),
}
NAMES_TO_AVOID = {"utils", "helpers", "common", "core", "base", "services", "managers", "misc"}
HIDDEN_IMPORTS = {"__import__", "get_app_config", "get_model", "import_module", "import_string"}
CLASS_MAKERS = {
    "Enum",
    "IntEnum",
    "IntegerChoices",
    "NamedTuple",
    "StrEnum",
    "TextChoices",
    "TypedDict",
    "make_dataclass",
    "namedtuple",
    "new_class",
    "type",
}
MODULES_A_FOLDER, MODULES_A_ROOM = 20, 30
# The reverse names of `measures` models that code of `targets` may use to reach the document.
REVERSE_NAMES = {
    "targets.api.baselines": {"citations"},
    "targets.api.filter_backends": {"citations"},
    "targets.api.goals": {"citations", "weaknesses"},
    "targets.api.indicators": {"citations"},
    "targets.api.plans": {"number_tokens", "source_text"},
    "targets.desk.admin.record_admin": {"citations"},
    "targets.views.goals": {"citations", "weaknesses"},
    "targets.views.indicators": {"citations", "measures"},
}


class Module(NamedTuple):
    name: str
    path: Path

    @property
    def app(self) -> str:
        return self.name.split(".")[0]

    @property
    def part(self) -> str:
        """Return the name of the module's package directly below the app."""
        return f"{self.name}.".split(".")[1]

    @property
    def room(self) -> str:
        return STANDS_FOR.get(self.part, self.part)

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


class Import(NamedTuple):
    importer: Module
    line: int
    name: str
    is_inline: bool

    def __str__(self):
        return f"{self.importer.name}, line {self.line}, imports {self.name}"

    @property
    def target(self) -> Module | None:
        return MODULES.get(self.name)


def module_of(path: Path) -> Module:
    parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
    return Module(".".join(part for part in parts if part != "__init__"), path)


MODULES = {
    module.name: module
    for app in ROOMS
    for module in map(module_of, sorted((settings.BASE_DIR / app).rglob("*.py")))
}
TREES = {name: ast.parse(module.path.read_text(encoding="utf-8")) for name, module in MODULES.items()}


def imports_of(module: Module) -> list[Import]:
    top = set(map(id, TREES[module.name].body))
    return [
        Import(module, node.lineno, name, id(node) not in top)
        for node in ast.walk(TREES[module.name])
        for name in imported_names(module, node)
    ]


def imported_names(module: Module, node: ast.AST) -> set[str]:
    """Yield the imported modules of a node; for a re-exported name, the module that defines it."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    assert not node.level, f"{module.name} imports by a relative name"
    return {defining(node.module, alias.name) for alias in node.names}


def defining(source: str, name: str) -> str:
    if f"{source}.{name}" in MODULES:
        return f"{source}.{name}"
    if source in MODULES and MODULES[source].is_package:
        for node in TREES[source].body:
            if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
                return defining(node.module, name)
    return source


IMPORTS = [found for module in MODULES.values() for found in imports_of(module)]
OWN = [found for found in IMPORTS if found.name.split(".")[0] in ROOMS]


def may_import(found: Import) -> bool:
    """Return whether an import goes to a room above, or stays in its room."""
    here, there = found.importer, found.target
    apps_in_order = list(ROOMS)
    if there is None or apps_in_order.index(there.app) > apps_in_order.index(here.app):
        return False
    if here.part in ENTRANCES | OUTSIDE:
        return True
    order = ROOMS[there.app]
    if here.room not in ROOMS[here.app] or there.room not in order:
        return False
    if here.app == there.app and here.room == there.room:
        return True
    if here.app != "hengshui_plan" and are_side_by_side(here.room, there.room):
        return False
    if here.app == there.app:
        return order.index(there.room) < order.index(here.room)
    if here.app == "hengshui_plan":
        return True
    last = DOWN_TO.get(here.room, here.room)
    return last in order and order.index(there.room) <= order.index(last)


def are_side_by_side(room: str, other: str) -> bool:
    return room != other and any({room, other} <= rooms for rooms in SIDE_BY_SIDE)


def test_the_import_test_finds_known_imports():
    """If this walk broke, all tests below would pass without checking anything."""
    seen = {(found.importer.name, found.name) for found in IMPORTS}
    assert {
        ("measures.loading.loader", "measures.loading.annotations"),
        ("measures.models.text", "targets.models.plan"),
        ("targets.models.baseline", "targets.engine.quantities"),
        ("hengshui_plan.delivery.middleware", "hengshui_plan.views.pages"),
        ("measures.management.commands.load_plan", "measures.loading.loader"),
    } <= seen


def test_no_import_stands_inside_a_function_or_a_block():
    assert [str(found) for found in IMPORTS if found.is_inline] == []


def test_every_module_belongs_to_a_room():
    strangers = [
        module.name
        for module in MODULES.values()
        if module.room not in ROOMS[module.app] and module.part not in ENTRANCES | OUTSIDE
    ]
    assert strangers == [], "add the room to ROOMS, or move the module"


def test_no_room_imports_a_room_below_it():
    assert [str(found) for found in OWN if not may_import(found)] == []


@pytest.mark.parametrize(
    ("importer", "name"),
    [
        ("targets.engine.progress", "targets.models.plan"),
        ("targets.records.paging", "targets.spreadsheets.table"),
        ("targets.models.plan", "targets.review.acts"),
        ("targets.models.plan", "measures.models.text"),
        ("targets.review.acts", "hengshui_plan.accounts.rights"),
        ("targets.desk.report_grid", "targets.api.public"),
        ("targets.views.goals", "targets.desk.report_grid"),
        ("targets.api.public", "targets.views.goals"),
        ("measures.reading.outline", "targets.engine.periods"),
        ("measures.models.text", "targets.standing.standings"),
        ("measures.loading.loader", "targets.lists.filters"),
        ("hengshui_plan.accounts.rights", "hengshui_plan.demo.loader"),
        ("targets", "measures.models.text"),
        ("targets.admin", "measures"),
        ("targets.apps", "hengshui_plan.urls"),
        ("measures.management.commands.load_plan", "hengshui_plan.demo.loader"),
    ],
)
def test_a_forbidden_import_is_found(importer, name):
    assert not may_import(Import(MODULES[importer], 1, name, False))


def test_no_imports_form_a_cycle():
    try:
        TopologicalSorter({name: modules_named_in(tree) for name, tree in TREES.items()}).prepare()
    except CycleError as error:
        pytest.fail(" is imported by ".join(error.args[1]))


def modules_named_in(tree: ast.Module) -> set[str]:
    """Return the modules that imports name: `from package import Name` names the package, `__init__`."""
    names = {name for node in ast.walk(tree) for name in imported_modules(node)}
    return {name if name in MODULES else name.rpartition(".")[0] for name in names} & MODULES.keys()


def test_a_pure_room_imports_only_the_standard_library_and_listed_packages():
    impure = [
        str(found)
        for found in IMPORTS
        for room, allowed in ONLY.items()
        if f"{found.importer.name}.".startswith(f"{room}.")
        and found.name.split(".")[0] not in sys.stdlib_module_names | ROOMS.keys() | allowed
    ]
    assert impure == []


def test_the_apps_import_only_listed_packages():
    strangers = [
        str(found)
        for found in IMPORTS
        if found.importer.part not in {"settings", "spreadsheets"}
        and found.name.split(".")[0] not in FRAMEWORKS | sys.stdlib_module_names | ROOMS.keys()
    ]
    assert strangers == []


def test_no_module_imports_by_a_function_call():
    """`get_model` and `import_module` would bypass the order, under any alias or as a string of `getattr`."""
    hidden = [
        f"{module.name}, line {node.lineno}"
        for module in MODULES.values()
        if module.part != "migrations"
        for node in ast.walk(TREES[module.name])
        if HIDDEN_IMPORTS & {getattr(node, key, None) for key in ("id", "attr", "name", "value")}
    ]
    assert hidden == []


def test_no_folder_or_room_has_too_many_modules():
    of_folder = Counter(module.path.parent for module in MODULES.values() if not module.is_package)
    of_room = Counter(
        (module.app, module.room)
        for module in MODULES.values()
        if not module.is_package and module.room in ROOMS[module.app]
    )
    assert [str(folder) for folder, number in of_folder.items() if number > MODULES_A_FOLDER] == []
    assert [room for room, number in of_room.items() if number > MODULES_A_ROOM] == []


@pytest.mark.parametrize("name", sorted(NAMES_TO_AVOID))
def test_no_module_has_a_meaningless_name(name):
    """This includes names like `management/base.py`: a process is named by its verb."""
    assert [module.name for module in MODULES.values() if name in re.split(r"[._]", module.name)] == []


def test_class_names_are_unique_in_the_whole_tree():
    places = defaultdict(list)
    for module in MODULES.values():
        if module.part != "migrations":
            for name in classes_of(TREES[module.name]):
                if name != "Command":
                    places[name].append(module.name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def classes_of(tree: ast.AST) -> Iterator[str]:
    """Yield the classes of a module, also those of an `if` or `try` and those made by a call."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and makes_a_class(node.value):
            yield from (name.id for name in ast.walk(node) if is_assigned(name))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from classes_of(node)


def is_assigned(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def makes_a_class(value: ast.AST | None) -> bool:
    """Return whether a value is like `Enum("X", …)`; `type(row)` with one argument makes none."""
    return (
        isinstance(value, ast.Call)
        and ast.unparse(value.func).split(".")[-1] in CLASS_MAKERS
        and len(value.args) + len(value.keywords) > 1
    )


def test_code_of_targets_uses_only_the_listed_reverse_names_of_measures():
    names = {
        name
        for model in apps.get_app_config("measures").get_models()
        for field in model._meta.get_fields()
        if (relation := field.remote_field) and field.concrete and not relation.hidden
        if field.related_model._meta.app_label == "targets"
        for name in (relation.get_accessor_name(), field.related_query_name())
    }
    assert {"citations", "measures", "weaknesses", "source_text"} <= names
    used = {
        module.name: found
        for module in MODULES.values()
        if module.app == "targets" and module.part != "migrations"
        if (found := words_of(TREES[module.name]) & names)
    }
    assert used == REVERSE_NAMES


def words_of(tree: ast.AST) -> set[str]:
    """Return attribute names, and the parts of keywords and strings that may be query paths."""
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
        if isinstance(node, ast.keyword) and node.arg:
            words.update(node.arg.split("__"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            words.update(re.split(r"__|\W", node.value))
    return words


def test_no_test_file_imports_another_test_file():
    """Shared helpers are in modules of their own, fixtures in conftest.py."""
    found = [
        f"{path.name} imports {name}"
        for path in sorted((settings.BASE_DIR / "tests").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported_modules(node)
        if name.startswith(("tests.test_", "tests.conftest"))
    ]
    assert found == []


def imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
