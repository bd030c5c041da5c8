"""JSON as a tree that folds: a line for each entry, long lists in groups, everything bounded."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Self

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.rendering.hidden import escaped

MAX_NODES: Final = 3_000  # entries drawn as a tree; what comes after is shown as JSON text
MAX_DEPTH: Final = 20
OPEN_DEPTH: Final = 2  # levels that stand open
GROUP: Final = 50  # entries of a list or object that stand together before they are folded
LONG_STRING: Final = 600  # characters from which a string is folded


def render_json(value: Any) -> SafeString:
    """A value as JSON knows it, as a folded tree; bounded and inert whatever it holds."""
    return mark_safe(f'<div class="json" dir="ltr">{_Tree().value(value, 0)}</div>')  # noqa: S308 - escaped


def as_json(source: str) -> Any:
    """The object or list that a text is, or None."""
    text = source.strip()
    if not (text.startswith("{") and text.endswith("}")) and not (
        text.startswith("[") and text.endswith("]")
    ):
        return None
    try:
        value = json.loads(text, parse_float=_Number, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


class _Number(float):
    """A number that remembers how it was written: 1.10 is not shown as 1.1."""

    def __new__(cls, written: str) -> Self:
        number = super().__new__(cls, written)
        number.written = written
        return number

    written: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError for a key given twice: a tree would show one of the two."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


class _Tree:
    """Draws values and counts what it drew, so that no value makes a page without end."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def value(self, value: Any, depth: int, name: str = "") -> str:
        """`name` is what it is called where it stands, as HTML; what folds folds with it."""
        self.left -= 1
        if isinstance(value, dict | list | tuple) and value:
            return self._nested(value, depth, name)
        if isinstance(value, str):
            return _string(value, name)
        return name + self._word(value)

    def _word(self, value: Any) -> str:
        if isinstance(value, dict | list | tuple):
            return f'<span class="json-null">{"{}" if isinstance(value, dict) else "[]"}</span>'
        kind = "null" if value is None else "word" if isinstance(value, bool) else "number"
        shown = value.written if isinstance(value, _Number) else _as_text(value)
        return f'<span class="json-{kind}">{escaped(shown)}</span>'

    def _nested(self, value: Any, depth: int, name: str) -> str:
        if self.left <= 0 or depth >= MAX_DEPTH:
            return f'{name}<span class="json-rest" dir="ltr">{escaped(_as_text(value))}</span>'
        marks = "{}" if isinstance(value, dict) else "[]"
        is_open = " open" if depth < OPEN_DEPTH and len(value) <= GROUP else ""
        count = ngettext("%(n)d entry", "%(n)d entries", len(value)) % {"n": len(value)}
        return (
            f'<details class="json-node"{is_open}><summary>{name}'
            f'<span class="json-mark">{marks}</span>'
            f' <span class="json-count" dir="auto">{escaped(count)}</span></summary>'
            f"{self._entries(value, depth)}</details>"
        )

    def _entries(self, value: Any, depth: int) -> str:
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
        if len(pairs) <= GROUP:
            return self._list(pairs, depth)
        groups = (pairs[at : at + GROUP] for at in range(0, len(pairs), GROUP))
        return "".join(self._groups(groups, depth))

    def _groups(self, groups: Iterator[list[tuple[Any, Any]]], depth: int) -> Iterator[str]:
        first = 1
        for group in groups:
            last = first + len(group) - 1
            name = _("%(first)d to %(last)d") % {"first": first, "last": last}
            yield (
                '<details class="json-node json-group"><summary><span class="json-count" '
                f'dir="auto">{escaped(name)}</span></summary>{self._list(group, depth)}</details>'
            )
            first = last + 1

    def _list(self, pairs: Sequence[tuple[Any, Any]], depth: int) -> str:
        if self.left <= 0:
            return f'<span class="json-rest" dir="ltr">{escaped(_as_text(_again(pairs)))}</span>'
        lines = (f"<li>{self.value(value, depth + 1, _name(key))}</li>" for key, value in pairs)
        return f'<ul class="json-list">{"".join(lines)}</ul>'


def _again(pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Entries that are not drawn one by one, put together as they were."""
    if pairs and isinstance(pairs[0][0], int):
        return [value for _key, value in pairs]
    return dict(pairs)


def _name(key: Any) -> str:
    return f'<bdi class="json-key">{escaped(str(key))}</bdi>: '


def _string(text: str, name: str) -> str:
    if len(text) <= LONG_STRING:
        return f'{name}"<bdi class="json-string">{escaped(text)}</bdi>"'
    count = ngettext("%(n)d character", "%(n)d characters", len(text)) % {"n": len(text)}
    return (
        f'<details class="json-node"><summary>{name}'
        f'<bdi class="json-string">{escaped(text[:120])}…</bdi> '
        f'<span class="json-count" dir="auto">{escaped(count)}</span></summary>'
        f'<div class="json-string json-long" dir="auto">{escaped(text)}</div></details>'
    )


def _as_text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return _("[nested too deeply to show]")
