"""Collects what is wrong with the fields of one record."""

import math
from collections.abc import Iterator
from typing import Any

from .characters import FORBIDDEN
from .json_rows import KINDS
from .limits import Limits
from .problems import FieldError, Problem, gettext_noop

NOT_TEXT = gettext_noop(
    "The value is %(kind)s, not a text. Write it in double quotes, as it should be read."
)
NULL_TEXT = gettext_noop("The text is missing. Write an empty text where there is none.")
TOO_LONG = gettext_noop("The text has %(found)s characters; at most %(limit)s are allowed.")
TOO_LARGE = gettext_noop("The text is larger than %(limit)s bytes. Shorten it.")
NOT_LIST = gettext_noop("The value is %(kind)s, not a list. Write it as […].")
NOT_OBJECT = gettext_noop("The value is %(kind)s, not an object. Write it as {…}.")
TOO_MANY = gettext_noop("There are %(found)s entries; at most %(limit)s are allowed.")
UNKNOWN = gettext_noop("The field is not known here. Known are: %(known)s.")
CHARACTER = gettext_noop(
    "The text holds the character U+%(code)04X at position %(position)s, which can't be shown or "
    "exported. Remove it."
)
SURROGATE = gettext_noop(
    "The text holds half of a character (U+%(code)04X) at position %(position)s: it was cut or "
    "decoded wrongly. Write the whole character."
)
NOT_FINITE = gettext_noop("The number is %(value)s. Leave the field out, or write a finite number.")
TOO_DEEP = gettext_noop("The value is nested deeper than %(limit)s levels. Flatten it.")


class Checker:
    """Reads values of expected types; wrong ones become errors and defaults."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.errors: list[FieldError] = []

    def add(self, field: str, template: str, **params: object) -> None:
        self.errors.append(FieldError(field, Problem(template, params)))

    @staticmethod
    def kind(value: object) -> str:
        return KINDS.get(type(value), type(value).__name__)

    def text(self, field: str, value: object) -> str:
        if isinstance(value, str):
            # At most four bytes a character: most texts need not be encoded.
            if len(value) * 4 > self.limits.cell_bytes:
                self._check_bytes(field, value)
            return value
        if value is None:
            self.add(field, NULL_TEXT)
        else:
            self.add(field, NOT_TEXT, kind=self.kind(value))
        return ""

    def _check_bytes(self, field: str, value: str) -> None:
        if len(value.encode("utf-8", "surrogatepass")) > self.limits.cell_bytes:
            self.add(field, TOO_LARGE, limit=self.limits.cell_bytes)

    def optional_text(self, field: str, value: object) -> str | None:
        return None if value is None else self.text(field, value)

    def length(self, field: str, value: str, limit: int) -> None:
        if len(value) > limit:
            self.add(field, TOO_LONG, found=len(value), limit=limit)

    def name(self, field: str, value: object) -> str:
        """A short text: a model's name, a label."""
        text = self.text(field, value)
        self.length(field, text, self.limits.name_chars)
        return text

    def entries(self, field: str, value: object, limit: int) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.add(field, NOT_LIST, kind=self.kind(value))
            return []
        if len(value) > limit:
            self.add(field, TOO_MANY, found=len(value), limit=limit)
            return []
        return list(value)

    def members(self, field: str, value: object) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.add(field, NOT_OBJECT, kind=self.kind(value))
            return {}
        return value

    def known(self, field: str, value: dict[str, Any], names: tuple[str, ...]) -> None:
        """Refuse members outside `names`: a misspelt one must not vanish."""
        for name in value:
            if name not in names:
                self.add(
                    f"{field}.{name}" if field else name,
                    UNKNOWN,
                    known=", ".join(names),
                )

    def json(self, field: str, value: object) -> Any:
        """Free-form JSON, only bounded in depth and made of JSON's own types."""
        stack: list[tuple[object, int]] = [(value, 1)]
        while stack:
            each, depth = stack.pop()
            if depth > self.limits.json_depth:
                self.add(field, TOO_DEEP, limit=self.limits.json_depth)
                return None
            if isinstance(each, str):
                self.text(field, each)
            elif isinstance(each, dict):
                stack.extend((inner, depth + 1) for inner in each.values())
            elif isinstance(each, list):
                stack.extend((inner, depth + 1) for inner in each)
            elif type(each) not in KINDS:
                self.add(field, NOT_TEXT, kind=self.kind(each))
                return None
        return value

    def forbidden(self, field: str, value: object) -> None:
        """Report each text, and each name of a member, with a forbidden character."""
        for path, text in _texts(field, value):
            if found := FORBIDDEN.search(text):
                code = ord(found.group())
                template = SURROGATE if 0xD800 <= code <= 0xDFFF else CHARACTER
                self.add(path, template, code=code, position=found.start() + 1)

    def not_finite(self, field: str, value: object) -> None:
        for path, number in _leaves(field, value):
            if isinstance(number, float) and not math.isfinite(number):
                self.add(path, NOT_FINITE, value=number)


def _texts(path: str, value: object) -> Iterator[tuple[str, str]]:
    for inner_path, each in _leaves(path, value):
        if isinstance(each, str):
            yield inner_path, each


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Paths as people write them, `responses[0].text`, with their values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    else:
        yield path, value
