"""The sentences in which our own modules tell an error, read from their source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def diagnostics(module: ModuleType) -> Iterator[str]:
    """A pattern for every sentence in the code of ``module``, but for docstrings and mere information."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return (_pattern(node) for node in _spoken(tree) if _is_sentence(node))


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if isinstance(child, ast.Constant | ast.JoinedStr):
            yield child
        elif not docstring and not _informs(child):
            yield from _spoken(child)


def _informs(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "information"


def _is_sentence(node: ast.expr) -> bool:
    return re.fullmatch(r"(?s)[A-Za-z].* .*\.", _pattern(node).replace("\\", "")) is not None


def _pattern(node: ast.expr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in parts)
