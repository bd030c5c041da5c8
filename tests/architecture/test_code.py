"""Where each kind of code lives, checked on the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "accounts", "rubrics", "annotation", "reliability", "exports")
LONGEST_FILE = 600
LONGEST_FUNCTION = 60
UNSAFE_FORMS = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
HANDLERS = ("onclick", "onload", "onsubmit", "onchange", "oninput", "onerror")
FORBIDDEN = (" style=", "<style", "javascript:", *(f" {name}=" for name in HANDLERS))


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in p.parts)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_views_and_api_ask_services_and_selectors_not_managers() -> None:
    asking = [
        f"{_named(path)}:{node.lineno}"
        for path in _sources(*APPS)
        if {"views", "api"} & set(path.relative_to(ROOT).parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    ]
    assert asking == []


def test_no_module_is_named_for_leftovers() -> None:
    leftovers = {"utils.py", "helpers.py", "functions.py", "misc.py", "common.py"}
    assert [_named(p) for p in _sources(*APPS, "tests", "benchmarks") if p.name in leftovers] == []


def test_files_and_functions_stay_short() -> None:
    long = [_named(p) for p in _sources(*APPS) if p.read_text().count("\n") > LONGEST_FILE]
    for path in _sources(*APPS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node, clean=False) or ""
                size = (node.end_lineno or 0) - node.lineno + 1 - docstring.count("\n")
                if size > LONGEST_FUNCTION:
                    long.append(f"{_named(path)}:{node.lineno} {node.name}")
    assert long == []


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text().lower()
        found += [(_named(path), forbidden) for forbidden in FORBIDDEN if forbidden in text]
        if any("src=" not in part.split(">")[0] for part in text.split("<script")[1:]):
            found.append((_named(path), "<script>"))
    assert found == []


def test_database_is_never_asked_by_text_from_outside() -> None:
    """No raw SQL built by formatting, and no user's key expanded into a query (T33)."""
    found = []
    for path in _sources(*APPS):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("raw", "extra"):
                found.append(f"{_named(path)}:{node.lineno} .{node.func.attr}()")
            found += [
                f"{_named(path)}:{node.lineno} **{ast.unparse(keyword.value)}"
                for keyword in node.keywords
                if keyword.arg is None and "request" in ast.unparse(keyword.value)
            ]
    assert found == []


def test_nothing_is_serialised_but_as_json() -> None:
    """JSON only, for tasks, sessions and caches (T62)."""
    imported = [
        f"{_named(path)}:{node.lineno}"
        for path in _sources(*APPS)
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and {a.name for a in node.names} & UNSAFE_FORMS)
        or (isinstance(node, ast.ImportFrom) and node.module in UNSAFE_FORMS)
    ]
    assert imported == []
