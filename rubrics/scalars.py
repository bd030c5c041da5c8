"""How single values are written: numbers, words, yes and no, texts."""

import math
import re
from typing import Any, Final

from rubrics.form import Value

MOST: Final = 1e15
# No leading zeros, so that a code such as 007 stays the word it is.
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,14})(\.\d{0,15})?([eE][-+]?\d{1,3})?\Z")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def tidy(number: float) -> int | float:
    """3 for 3.0, so that a value has one spelling."""
    return int(number) if float(number).is_integer() else number


def as_number(raw: Any) -> int | float | None:
    """A finite number of at most 15 digits before the point; None: it is something else."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        text = raw.strip()
        if not _NUMBER.match(text):
            return None
        raw = float(text)
    if isinstance(raw, int) and abs(raw) < MOST:
        return raw
    if isinstance(raw, float) and math.isfinite(raw) and abs(raw) < MOST:
        return tidy(raw)
    return None


def as_flag(raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    return True if word in _YES else False if word in _NO else None


def as_value(raw: Any) -> Value | None:
    """A point of a scale: a number where it reads as one, else the word."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    number = as_number(raw)
    if number is not None:
        return number
    return raw.strip() if isinstance(raw, str) and raw.strip() else None


def as_text(raw: Any) -> str | None:
    """Text with LF line ends and nothing blank around it; None: it is no text."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return str(raw)
    if not isinstance(raw, str):
        return None
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return lines.strip()


def control_character(text: str) -> str:
    """The first character that a text can't hold, as U+0007; empty: there is none."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""
