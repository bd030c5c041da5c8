"""Text in any language and in both directions: what the code must not do."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "annotation", "config", "exports", "reliability", "rubrics")
SHEETS = sorted([*ROOT.glob("static/**/*.css"), *ROOT.glob("*/static/**/*.css")])

# What names a side of the page instead of the start or end of a line.
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset)-(?:left|right)|left|right)\s*:"
    r"|border-(?:top|bottom)-(?:left|right)-radius"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    r"|\bto (?:left|right)\b"
)
# Codes, drawings and addresses lie from left to right on every page, at its own start.
ALLOWED = re.compile(r':where\(\[dir="rtl"\]\)')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def physical(sheet: str) -> list[str]:
    return [
        line.strip()
        for line in COMMENT.sub("", sheet).splitlines()
        if PHYSICAL.search(line) and not ALLOWED.match(line)
    ]


def test_style_sheets_know_no_left_and_right() -> None:
    found = {str(path.relative_to(ROOT)): physical(path.read_text()) for path in SHEETS}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "rule", ["margin-left: 1rem;", "color: red; right: 0", "text-align: left;", "x(to right, y)"]
)
def test_physical_properties_are_found(rule: str) -> None:
    assert physical(f".a {{ {rule} }}") != []


def test_logical_properties_are_none() -> None:
    assert physical(".a { margin-inline-start: 1rem; grid-area: right; }") == []


def _gettext_names(module: ast.Module) -> set[str]:
    return {
        imported.asname or imported.name
        for statement in ast.walk(module)
        if isinstance(statement, ast.ImportFrom) and statement.module == "django.utils.translation"
        for imported in statement.names
        if imported.name in {"gettext", "ngettext", "pgettext", "npgettext"}
    }


def _called_on_import(node: ast.AST, names: set[str]) -> list[int]:
    """Lines that translate when the module is read: in the language of nobody."""
    lines = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if (
            isinstance(child, ast.Call)
            and isinstance(child.func, ast.Name)
            and child.func.id in names
        ):
            lines.append(child.lineno)
        lines += _called_on_import(child, names)
    return lines


def test_nothing_is_translated_when_a_module_is_imported() -> None:
    found = []
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            module = ast.parse(path.read_text())
            lines = _called_on_import(module, _gettext_names(module))
            found += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert found == []


TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
BLOCKS = re.compile(
    r"\{% comment %\}.*?\{% endcomment %\}|\{% blocktrans.*?\{% endblocktrans\w* %\}"
    r"|\{% block (?:page_class|title) %\}[^{]*\{% endblock %\}|<pre\b.*?</pre>|<code\b.*?</code>",
    re.DOTALL,
)
MARKUP = re.compile(r"<[^>]*>")
SAID_BY_ATTRIBUTES = re.compile(
    r'\s(?:title|alt|placeholder|aria-label|aria-description|data-label)="([^"]*)"'
)
WORD = re.compile(r"[A-Za-z]{2,}")
# Names, the same in every language.
NAMES = re.compile(r"Concord|SHA-256|CSV|AC1|JSONL|URL|ID")


def untranslated(template: str) -> list[str]:
    plain = TAGS.sub("", BLOCKS.sub("", template))
    texts = [*SAID_BY_ATTRIBUTES.findall(plain), *MARKUP.sub("\n", plain).splitlines()]
    return [text.strip() for text in texts if WORD.search(NAMES.sub("", text))]


def test_templates_hold_no_text_outside_the_catalogue() -> None:
    found = {
        str(path.relative_to(ROOT)): untranslated(path.read_text())
        for path in sorted((ROOT / "templates").rglob("*.html"))
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_untranslated_text_is_found() -> None:
    assert untranslated('<p title="Close">{% translate "Fine" %}</p>') == ["Close"]
    assert untranslated("<p>Save {{ name }}</p>") == ["Save"]
    assert untranslated("<p>{% blocktranslate %}Save{% endblocktranslate %}</p>") == []
