"""Single values of the judgment form, between text and what they mean."""

from typing import Any


def as_text(value: Any) -> str:
    return "" if value is None else str(value)


def whole_number(raw: str | None) -> int | None:
    """A whole number of at most six digits, or None."""
    text = (raw or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
