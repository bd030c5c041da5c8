"""Marks made elsewhere: checked more leniently than our own, and nothing in them changed.

A study that marked spans on another rendering of a text has some that can't be located any
more, and some whose text differs by an escape. They are evidence all the same: they are kept
as they are and counted.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotation.criteria import CriterionSpec
from annotation.services.imported_judgments.report import Tally
from annotation.values import SPAN_FIELDS, StoredValue, ValueRefused, anchor_at

MAX_SPANS = 2_000
RESPONSE_SIDES = ("", "target", "response")


def parse_spans(
    spec: CriterionSpec,
    raw: Any,
    content: Mapping[str, Any],
    *,
    missing: Sequence[str],
    tally: Tally,
) -> StoredValue:
    """The list as it stands. Raises ValueRefused for a mark that can't be one.

    `content` is the item's; `missing` are texts that stand for no label.
    """
    counts = Tally()
    spans = [_span(spec, each, content, missing, counts) for each in _listed(raw)]
    for name in ("spans", "spans_without_place", "spans_without_label", "spans_with_other_text"):
        setattr(tally, name, getattr(tally, name) + getattr(counts, name))
    return StoredValue(value=spans)


def _listed(raw: Any) -> list[Any]:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raise ValueRefused(
                _("The value is not JSON. Write the marks as a JSON list.")
            ) from None
    if not isinstance(raw, list):
        raise ValueRefused(_("The value is not a list. Write the marks as a JSON list."))
    if len(raw) > MAX_SPANS:
        raise ValueRefused(
            _("There are %(n)d marks; at most %(max)d are possible.")
            % {"n": len(raw), "max": MAX_SPANS}
        )
    return raw


def _span(
    spec: CriterionSpec,
    raw: Any,
    content: Mapping[str, Any],
    missing: Sequence[str],
    counts: Tally,
) -> dict[str, Any]:
    if not isinstance(raw, dict) or set(raw) - SPAN_FIELDS or "start" not in raw:
        raise ValueRefused(
            _("A mark is an object: {start, end, text, label} and, if wanted, severity and side.")
        )
    counts.spans += 1
    span = {name: value for name, value in raw.items() if value is not None}
    _check_texts(span)
    _check_label(spec, span, missing, counts)
    _check_option(spec, span, "severity", "severities")
    _check_option(spec, span, "side", "sides")
    span |= {"start": raw["start"], "end": raw.get("end")}
    _check_place(span, content, counts)
    return span


def _check_texts(span: Mapping[str, Any]) -> None:
    for name in ("text", "label", "severity", "side"):
        if name in span and not isinstance(span[name], str):
            raise ValueRefused(_("“%(name)s” of a mark is a text.") % {"name": name})


def _check_label(
    spec: CriterionSpec, span: dict[str, Any], missing: Sequence[str], counts: Tally
) -> None:
    label = span.get("label", "")
    known = anchor_at(spec, label) if label else None
    if not label or (known is None and label in missing):
        span.pop("label", None)
        counts.spans_without_label += 1
    elif known is None and spec.anchors:
        scale = ", ".join(anchor.value for anchor in spec.anchors[:20])
        raise ValueRefused(
            _("“%(label)s” is not a label of this criterion. Choose one of: %(scale)s.")
            % {"label": label[:80], "scale": scale}
        )


def _check_option(spec: CriterionSpec, span: Mapping[str, Any], name: str, option: str) -> None:
    known, value = spec.option(option), span.get(name)
    if value and isinstance(known, list) and known and value not in known:
        raise ValueRefused(
            _("“%(value)s” is no %(name)s of this criterion. Choose one of: %(scale)s.")
            % {"value": value[:80], "name": name, "scale": ", ".join(map(str, known))}
        )


def _check_place(span: Mapping[str, Any], content: Mapping[str, Any], counts: Tally) -> None:
    start, end = span["start"], span["end"]
    if start is None and end is None:
        counts.spans_without_place += 1
        return
    if not (_is_count(start) and _is_count(end)) or start > end:
        raise ValueRefused(
            _(
                "A mark from %(start)s to %(end)s is not possible: whole numbers from 0, the end "
                "after the start, or both null where the place is not known."
            )
            % {"start": start, "end": end}
        )
    texts = _texts(content, span.get("side", ""))
    if texts and end > max(map(len, texts)):
        raise ValueRefused(
            _("A mark ends at %(end)d, but the text has %(n)d characters.")
            % {"end": end, "n": max(map(len, texts))}
        )
    if span.get("text") is not None and all(text[start:end] != span["text"] for text in texts):
        counts.spans_with_other_text += 1


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(content: Mapping[str, Any], side: str) -> list[str]:
    """The texts that a side may mean; of other sides than responses, all of the input."""
    responses = [response["text"] for response in content["responses"]]
    if side in RESPONSE_SIDES:
        return responses
    if side.startswith("response_") and side[9:].isdecimal():
        place = int(side[9:]) - 1
        return responses[place : place + 1] if place >= 0 else []
    messages = [_message_text(message.get("content")) for message in content["messages"]]
    # A source is often shown without its instruction line, so offsets into it can't be compared
    # with one text: what counts is that they lie inside.
    return [*messages, *(context["text"] for context in content.get("contexts", []))]


def _message_text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""
