"""Which module may lean on which, read from the source alone: the arrows of the architecture."""

import ast
import sys
from collections.abc import Iterator

OURS = "fhir_alliance"

CORE = {"errors", "scoring", "fhir"}
KEPT = CORE | {"catalog", "assess", "ledger", "consequence", "keeping", "accept"}
BEYOND = KEPT | {
    "chart",
    "recognise",
    "deliver",
    "extract",
    "ehr",
    "web",
    "settings",
    "clinic_settings",
    "service",
    "telemetry",
    "worker",
    "wiring",
}
#: layer → the layers of ours that it may import, itself apart
ARROWS = {
    "": set(),
    "errors": set(),
    "scoring": set(),
    "fhir": {"scoring", "errors"},
    "ledger": {"scoring", "errors"},
    "catalog": CORE,
    "assess": CORE | {"catalog"},
    "consequence": CORE | {"catalog", "assess", "ledger"},
    "keeping": CORE | {"catalog", "assess", "ledger", "consequence"},
    "accept": KEPT - {"accept"},
    "extract": CORE | {"catalog", "assess"},
    "telemetry": {"errors", "ledger"},
    "chart": set(),
    "recognise": CORE | {"catalog", "chart", "ledger"},
    "deliver": CORE | {"chart", "recognise", "ledger", "telemetry"},
    "ehr": CORE | {"catalog", "chart", "telemetry"},
    "settings": {"errors", "clinic_settings"},
    "clinic_settings": {"errors"},
    "worker": {"deliver", "errors", "telemetry"},
    "service": KEPT | {"deliver", "settings", "clinic_settings", "telemetry"},
    "web": KEPT | {"extract", "settings", "clinic_settings", "service", "telemetry", ""},
    "wiring": BEYOND | {""},
    "cli": BEYOND | {""},
    "sandbox": set(),
    "__main__": {"cli"},
}
#: layer → what it may import beside the standard library and ours; others may import anything declared
OTHERS = {
    "scoring": set(),
    "errors": set(),
    "fhir": set(),
    "assess": set(),
    "catalog": set(),
    "consequence": set(),
    "ledger": {"sqlalchemy", "alembic", "pydantic"},
    "telemetry": {"prometheus_client"},
}
WIRE = f"{OURS}.fhir.wire"
PURE = {"scoring", "fhir", "assess", "extract", "recognise"}
INPUT_OUTPUT = {"os", "io", "pathlib", "socket", "requests", "http", "subprocess", "shutil", "tempfile", "logging"}
CLOCKS = {"now", "utcnow", "today"}
TIMERS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}
#: who may name the clock and the random source; the worker names its leases at random
TIMED = {"wiring", "cli", "sandbox"}


def layer(module: str) -> str:
    """The layer of a module of ours: ``fhir_alliance.fhir.wire`` is in ``fhir``."""
    return module.split(".")[1] if "." in module else ""


def breaches(module: str, source: str) -> list[str]:
    """Every arrow and invariant that the source of ``module`` breaks, each as one line."""
    tree = ast.parse(source)
    imported = set(_imported(tree, module))
    found = {
        *_arrows(module, imported),
        *_third_parties(module, imported),
        *_adapters(module, imported),
        *_reaching_out(module, tree, imported),
        *_environment(module, tree, imported),
        *_clock(module, tree, imported),
    }
    return sorted(found)


def _imported(tree: ast.AST, module: str) -> Iterator[str]:
    """Yield what is imported anywhere in the module, names and all: ``os.path.join``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _is_or_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _arrows(module: str, imported: set[str]) -> Iterator[str]:
    own = layer(module)
    for name in imported:
        if not _is_or_in(name, OURS):
            continue
        target = layer(name) if layer(name) in ARROWS else ""
        if target != own and target not in ARROWS[own] and not (own == "cli" and target == "sandbox"):
            yield f"imports {target or OURS}"


def _third_parties(module: str, imported: set[str]) -> Iterator[str]:
    own = layer(module)
    for name in imported:
        top = name.partition(".")[0]
        if _is_or_in(name, "fhir.resources") and module != WIRE:
            yield "imports fhir.resources"
        if top in (OURS, "__future__") or top in sys.stdlib_module_names:
            continue
        if module == WIRE and top in ("fhir", "pydantic"):
            continue
        if own in OTHERS and top not in OTHERS[own]:
            yield f"imports {top}"


def _adapters(module: str, imported: set[str]) -> Iterator[str]:
    """Adapters are chosen in the wiring; the sandbox is for the demo."""
    own = layer(module)
    if own not in ("ehr", "wiring") and any(_is_or_in(name, f"{OURS}.ehr.chart") for name in imported):
        yield "names the adapter ehr.chart"
    sandboxed = any(_is_or_in(name, f"{OURS}.sandbox") for name in imported)
    if sandboxed and own != "sandbox" and module != f"{OURS}.cli.demo":
        yield "imports sandbox"


def _reaching_out(module: str, tree: ast.AST, imported: set[str]) -> Iterator[str]:
    if layer(module) not in PURE:
        return
    for name in imported:
        if name.partition(".")[0] in INPUT_OUTPUT or _is_or_in(name, "urllib.request"):
            yield f"does I/O with {name.partition('.')[0]}"
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("open", "print", "input")
        ):
            yield f"does I/O with {node.func.id}()"


def _environment(module: str, tree: ast.AST, imported: set[str]) -> Iterator[str]:
    if layer(module) in ("settings", "sandbox"):
        return
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _root(node) == "os"}
    named |= {name.removeprefix("os.") for name in imported if name.startswith("os.")}
    if named & {"environ", "environb", "getenv"}:
        yield "reads the environment"


def _clock(module: str, tree: ast.AST, imported: set[str]) -> Iterator[str]:
    own = layer(module)
    if own in TIMED:
        return
    read = {"time." + name for name in TIMERS} | {"random", "secrets"}
    if any(_is_or_in(name, one) for name in imported for one in read):
        yield "names the clock or chance by import"
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    if any(_tells_time(node) for node in attributes):
        yield "names the clock"
    drawn = {node.attr for node in attributes} | {name.rpartition(".")[2] for name in imported}
    if drawn & {"uuid1", "uuid4"} and own != "worker":
        yield "draws an id at random"


def _tells_time(node: ast.Attribute) -> bool:
    value = node.value
    base = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return (node.attr in CLOCKS and base in ("datetime", "date")) or (node.attr in TIMERS and base == "time")


def _root(node: ast.Attribute) -> str:
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""
