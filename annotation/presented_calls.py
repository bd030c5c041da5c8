"""Tool calls as raters see them: one line each, arguments and result on demand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotation.rendering import render_json, render_plain

SUMMARY: Final = 100  # characters of a call's arguments on its line
NOTHING: Final = object()
FAILED: Final = frozenset({"error", "failed", "failure", "exception", "timeout"})


@dataclass(frozen=True)
class PresentedCall:
    """A tool call. `part` is what judgments call it; `result` is NOTHING where none is known."""

    part: str
    name: str
    arguments: Any
    result: Any = NOTHING
    is_failed: bool = False
    seconds: float | None = None

    @property
    def has_result(self) -> bool:
        return self.result is not NOTHING

    @property
    def summary(self) -> str:
        """The arguments on one line, short: `city: Oslo, days: 3`."""
        given = self.arguments
        if isinstance(given, Mapping):
            given = ", ".join(f"{name}: {_one_line(each)}" for name, each in given.items())
        line = " ".join(_one_line(given)[: SUMMARY * 4].split())
        return line[:SUMMARY] + ("…" if len(line) > SUMMARY else "")

    @property
    def duration(self) -> str:
        if self.seconds is None:
            return ""
        if self.seconds < 1:
            return _("%(n)s ms") % {"n": number_format(round(self.seconds * 1000))}
        return _("%(n)s s") % {"n": number_format(round(self.seconds, 1))}

    @cached_property
    def arguments_html(self) -> SafeString:
        return _formatted(self.arguments)

    @cached_property
    def result_html(self) -> SafeString:
        return _formatted(self.result)

    @property
    def raw(self) -> SafeString:
        """Everything that is known of the call, as JSON."""
        known = {"name": self.name, "arguments": self.arguments}
        if self.has_result:
            known["result"] = self.result
        return render_plain(readable(known))


def present_call(call: Mapping[str, Any], part: str, result: Any = NOTHING) -> PresentedCall:
    """`result` is what a message of the tool said, used where the call itself has none."""
    own = unpacked(call["result"]) if "result" in call else result
    error = call.get("error")
    if own is NOTHING and error:
        own = unpacked(error)
    return PresentedCall(
        part=part,
        name=str(call.get("name", "")),
        arguments=unpacked(call.get("arguments", "")),
        result=own,
        is_failed=bool(error) or _says_failed(own),
        seconds=_seconds(call.get("duration_seconds")),
    )


def unpacked(value: object) -> Any:
    """JSON that came as text is laid out like JSON that came as an object."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def readable(value: object) -> str:
    """Text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _one_line(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _formatted(value: Any) -> SafeString:
    if isinstance(value, dict | list):
        return render_json(value)
    return format_html('<pre dir="auto">{}</pre>', render_plain(readable(value)))


def _says_failed(result: Any) -> bool:
    """Whether a result tells of an error, in the ways that tools commonly do."""
    if not isinstance(result, Mapping):
        return False
    status = result.get("status")
    said = isinstance(status, str) and status.lower() in FAILED
    return said or bool(result.get("error")) or result.get("is_error") is True


def _seconds(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return float(value) if known and isinstance(value, int | float) else None
