"""What a rating may be: each kind's values, read, checked and put in one spelling.

Pure functions over `CriterionSpec`. Responses are named `response_1` ... in the order that the
sender saw; annotation/sides.py translates between that and the item's order.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from annotation.criteria import CriterionSpec, spec_of, tidy
from rubrics.choices import Kind
from rubrics.models import Criterion

MAX_TEXT = 20_000
MAX_REASON = 2_000
MAX_SET = 200
MAX_SPANS = 500
MAX_NAME = 100
TIE = "tie"
BEST_WORST = "best_worst"
PAIR = ("response_1", "response_2")
SPAN_FIELDS = frozenset({"start", "end", "text", "label", "severity", "side", "response"})
RESPONSE_NAME = re.compile(r"response_([1-9][0-9]{0,2})\Z")
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*\Z")


class ValueRefused(Invalid):  # the project's errors are named for what happened
    """The value can't be a rating of this criterion; `detail` says what can."""

    code = "value_refused"


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A rating's columns.

    value: JSON as the contract writes it; point: the anchor's place from 0 (pairwise: 0
    response_1, 1 response_2, 2 tie); number: the numeric value (pairwise with strengths: below 0
    for response_1, above for response_2, 0 for a tie). An abstention has none of them.
    """

    value: Any = None
    point: int | None = None
    number: float | None = None
    is_abstention: bool = False
    abstention_reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the sender saw, as far as values depend on it. `texts` by side, for span bounds.

    parts: names of the item's parts by what a criterion is asked of (annotation/parts.py).
    """

    n_responses: int | None = None
    texts: Mapping[str, str] | None = None
    parts: Mapping[str, tuple[str, ...]] | None = None


NOTHING_KNOWN = Shown()


def parse_value(
    criterion: Criterion | CriterionSpec, raw: Any, *, shown: Shown = NOTHING_KNOWN
) -> StoredValue:
    """`raw` as a rating of `criterion`. Raises ValueRefused with a sentence that says what fits.

    Numbers may come as text (forms, CSV), lists as JSON text.
    """
    spec = criterion if isinstance(criterion, CriterionSpec) else spec_of(criterion)
    if isinstance(raw, Mapping) and "abstain" in raw:
        return _abstention(raw)
    return _PARSERS[spec.kind](spec, raw, shown)


def is_blank(raw: Any) -> bool:
    """Nothing was answered. An empty list is an answer: no label, no mark."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _abstention(raw: Mapping[str, Any]) -> StoredValue:
    reason = raw.get("reason")
    if raw["abstain"] is not True or set(raw) - {"abstain", "reason"}:
        raise ValueRefused(_('To abstain, send {"abstain": true, "reason": "..."}.'))
    if not isinstance(reason, str) or is_blank(reason):
        raise ValueRefused(_("Say why this can't be judged."))
    if len(reason) > MAX_REASON:
        raise ValueRefused(
            _("The reason has %(n)d characters; at most %(max)d fit.")
            % {"n": len(reason), "max": MAX_REASON}
        )
    return StoredValue(is_abstention=True, abstention_reason=_plain(reason).strip())


def _plain(text: str) -> str:
    if "\x00" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ValueRefused(_("The text holds a character that can't be stored."))
    return text


def as_number(raw: Any) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if isinstance(raw, str) and not _NUMBER.match(raw):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _as_list(raw: Any, longest: int) -> list[Any]:
    if isinstance(raw, str) and raw.lstrip().startswith("["):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raise ValueRefused(_("This is not a JSON list.")) from None
    if not isinstance(raw, list | tuple):
        raise ValueRefused(_("This must be a list."))
    if len(raw) > longest:
        raise ValueRefused(_("At most %(max)d entries are possible.") % {"max": longest})
    return list(raw)


def _quoted(raw: Any) -> str:
    text = raw if isinstance(raw, str) else json.dumps(raw, default=str, ensure_ascii=False)
    return "“" + text[:40] + ("…" if len(text) > 40 else "") + "”"


# -- points of a scale


def anchor_at(spec: CriterionSpec, raw: Any) -> int | None:
    """The place of the anchor that `raw` names, by text or by number."""
    text = ("true" if raw else "false") if isinstance(raw, bool) else raw
    if isinstance(text, str):
        text = text.strip()
        for place, anchor in enumerate(spec.anchors):
            if anchor.value == text:
                return place
    number = as_number(text)
    if number is None:
        return None
    return next((i for i, anchor in enumerate(spec.anchors) if anchor.number == number), None)


def _scale_of(spec: CriterionSpec) -> str:
    return ", ".join(anchor.value for anchor in spec.anchors[:20])


def _required_anchor(spec: CriterionSpec, raw: Any) -> int:
    place = anchor_at(spec, raw)
    if place is None:
        raise ValueRefused(
            _("%(value)s is not on the scale. Choose one of: %(scale)s.")
            % {"value": _quoted(raw), "scale": _scale_of(spec)}
        )
    return place


def _point(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    place = _required_anchor(spec, raw)
    anchor = spec.anchors[place]
    return StoredValue(value=anchor.shown_value, point=place, number=anchor.number)


def _labels(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    places = sorted({_required_anchor(spec, each) for each in _as_list(raw, MAX_SET)})
    most = spec.option("max")
    if most is not None and len(places) > int(most):
        raise ValueRefused(
            _("%(n)d labels are chosen; at most %(max)d are possible.")
            % {"n": len(places), "max": int(most)}
        )
    return StoredValue(value=[spec.anchors[place].shown_value for place in places])


def _numeric(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    number = as_number(raw)
    if number is None:
        raise ValueRefused(_("%(value)s is not a number.") % {"value": _quoted(raw)})
    least, most, step = spec.option("min"), spec.option("max"), spec.option("step")
    if (least is not None and number < least) or (most is not None and number > most):
        raise ValueRefused(
            _("%(value)s is off the scale, which goes from %(min)s to %(max)s.")
            % {
                "value": tidy(number),
                "min": "−∞" if least is None else least,
                "max": "∞" if most is None else most,
            }
        )
    if step:
        steps = (number - (least or 0)) / step
        if not math.isclose(steps, round(steps), abs_tol=1e-6):
            raise ValueRefused(
                _("%(value)s lies between the steps of %(step)s.")
                % {"value": tidy(number), "step": step}
            )
    return StoredValue(value=tidy(number), number=number)


# -- comparisons


def _pairwise(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    """response_1, response_2 or tie; with `strengths` {choice, strength}.

    Where strengths are asked for, a bare choice says that its strength is not known: judges and
    earlier studies have none.
    """
    if shown.n_responses not in (None, 2):
        raise ValueRefused(
            _("Two responses are compared, and this item has %(n)d.") % {"n": shown.n_responses}
        )
    choices = (*PAIR, TIE) if spec.option("tie", True) else PAIR
    choice, strength = _choice_and_strength(spec, raw)
    if not isinstance(choice, str) or choice not in choices:
        raise ValueRefused(
            _("%(value)s is not a choice. Choose one of: %(scale)s.")
            % {"value": _quoted(choice), "scale": ", ".join(choices)}
        )
    point = choices.index(choice)
    if not spec.option("strengths"):
        return StoredValue(value=choice, point=point)
    if choice == TIE:
        return StoredValue(value={"choice": TIE, "strength": 0}, point=point, number=0.0)
    if strength is None:
        return StoredValue(value=choice, point=point)
    signed = float(strength if choice == PAIR[1] else -strength)
    return StoredValue(value={"choice": choice, "strength": strength}, point=point, number=signed)


def _choice_and_strength(spec: CriterionSpec, raw: Any) -> tuple[Any, int | None]:
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        raw = _as_object(raw)
    most = int(spec.option("strengths", 0))
    if not isinstance(raw, Mapping) or not most:
        return raw, None
    if set(raw) - {"choice", "strength"}:
        raise ValueRefused(_('A preference is {"choice": "response_1", "strength": 2}.'))
    choice, strength = raw.get("choice"), as_number(raw.get("strength"))
    if choice == TIE and strength in (None, 0):
        return choice, None
    if choice == TIE or strength is None or strength not in range(1, most + 1):
        raise ValueRefused(
            _("The strength of a preference is a whole number from 1 to %(max)d; a tie has none.")
            % {"max": most}
        )
    return choice, int(strength)


def _as_object(raw: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueRefused(_("This is not a JSON object.")) from None


def choice_of(value: Any) -> Any:
    """What was preferred, whether or not the value says how strongly; other values as they are."""
    return value.get("choice") if isinstance(value, Mapping) else value


def _ranking(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    """Best first; responses in equal place are a list of their own."""
    groups = [_group(entry) for entry in _as_list(raw, MAX_SET)]
    named = [name for group in groups for name in group]
    expected = shown.n_responses or len(named)
    if set(named) != {f"response_{i + 1}" for i in range(expected)} or len(named) != expected:
        raise ValueRefused(
            _("A ranking names each response once, from response_1 to response_%(n)d.")
            % {"n": expected}
        )
    _check_places(spec, groups, expected)
    return StoredValue(value=[group[0] if len(group) == 1 else group for group in groups])


def _check_places(spec: CriterionSpec, groups: list[list[str]], n: int) -> None:
    if spec.option("style") == BEST_WORST:
        # All between the best and the worst share one place: nobody said more about them.
        if [len(group) for group in groups] != [1, n - 2, 1][:: 1 if n > 2 else 2]:
            raise ValueRefused(
                _("Name the best and the worst: [best, [all others], worst], one response each.")
            )
    elif not spec.option("ties", True) and any(len(group) > 1 for group in groups):
        raise ValueRefused(_("Each place is for one response; equal places are not possible here."))


def _group(entry: Any) -> list[str]:
    names = entry if isinstance(entry, list | tuple) else [entry]
    if not names or not all(isinstance(name, str) and RESPONSE_NAME.match(name) for name in names):
        raise ValueRefused(
            _("%(value)s is not a response. Write response_1, response_2 and so on, best first.")
            % {"value": _quoted(entry)}
        )
    return sorted(names, key=response_number)


def response_number(name: str) -> int:
    return int(name.removeprefix("response_"))


# -- texts and marks


def _text(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    if not isinstance(raw, str):
        raise ValueRefused(_("This must be a text."))
    longest = min(int(spec.option("max_length", MAX_TEXT)), MAX_TEXT)
    if len(raw) > longest:
        raise ValueRefused(
            _("The text has %(n)d characters; at most %(max)d fit.")
            % {"n": len(raw), "max": longest}
        )
    return StoredValue(value=_plain(raw))


def _spans(spec: CriterionSpec, raw: Any, shown: Shown) -> StoredValue:
    spans = [_span(spec, each, shown) for each in _as_list(raw, MAX_SPANS)]
    unique = {json.dumps(span, sort_keys=True): span for span in spans}
    ordered = sorted(unique.values(), key=lambda s: (s.get("side", ""), s["start"], s["end"]))
    return StoredValue(value=ordered)


def _span(spec: CriterionSpec, raw: Any, shown: Shown) -> dict[str, Any]:
    """{start, end, text, label, severity?, side?}: 0-based code points, end exclusive.

    `response`, the place of the response as shown from 0, is another spelling of `side`.
    """
    if not isinstance(raw, Mapping) or set(raw) - SPAN_FIELDS:
        raise ValueRefused(_("A mark is {start, end, text, label, severity, side}."))
    span: dict[str, Any] = {**_marked_range(raw), "text": _marked_text(raw)}
    span["label"] = _mark_label(spec, raw.get("label"))
    severity = _mark_severity(spec, raw.get("severity"))
    if severity is not None:
        span["severity"] = severity
    side = _mark_side(spec, raw, shown)
    if side is not None:
        span["side"] = side
    _check_bounds(span, shown)
    return span


def _marked_range(raw: Mapping[str, Any]) -> dict[str, int]:
    start, end = raw.get("start"), raw.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        raise ValueRefused(_("A mark starts and ends at a whole number of code points."))
    if not (_is_count(start) and _is_count(end)) or start > end:
        raise ValueRefused(_("A mark starts at 0 or later and ends after its start."))
    return {"start": start, "end": end}


def _is_count(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**31


def _marked_text(raw: Mapping[str, Any]) -> str:
    text = raw.get("text", "")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise ValueRefused(_("The marked text must be a text of at most 20,000 characters."))
    return _plain(text)


def _mark_label(spec: CriterionSpec, raw: Any) -> Any:
    if spec.anchors:
        return spec.anchors[_required_anchor(spec, raw)].shown_value
    if raw is None:
        return ""
    return _name(raw)


def _mark_severity(spec: CriterionSpec, raw: Any) -> str | None:
    if raw is None or raw == "":
        return None
    severity, known = _name(raw), spec.option("severities")
    if known and severity not in known:
        raise ValueRefused(
            _("%(value)s is not a severity. Choose one of: %(scale)s.")
            % {"value": _quoted(severity), "scale": ", ".join(map(str, known))}
        )
    return severity


def _mark_side(spec: CriterionSpec, raw: Mapping[str, Any], shown: Shown) -> str | None:
    side, place = raw.get("side"), raw.get("response")
    if side is None and place is not None:
        if not _is_count(place):
            raise ValueRefused(_("`response` counts the responses as shown, from 0."))
        side = f"response_{place + 1}"
    if side is None or side == "":
        return None
    side, known = _name(side), spec.option("sides")
    match = RESPONSE_NAME.match(side)
    if match and shown.n_responses is not None and int(match[1]) > shown.n_responses:
        raise ValueRefused(_("There is no %(side)s here.") % {"side": side})
    if not match and isinstance(known, list) and known and side not in known:
        raise ValueRefused(
            _("%(value)s is not a side. Choose one of: %(scale)s.")
            % {"value": _quoted(side), "scale": ", ".join(map(str, known))}
        )
    return side


def _name(raw: Any) -> str:
    if not isinstance(raw, str) or not raw or len(raw) > MAX_NAME:
        raise ValueRefused(_("%(value)s is not a name.") % {"value": _quoted(raw)})
    return _plain(raw)


def _check_bounds(span: dict[str, Any], shown: Shown) -> None:
    """A mark lies inside its text and repeats it, so that offsets can't drift unseen."""
    texts = shown.texts or {}
    text = texts.get(span.get("side") or "response_1")
    if text is None or (not span.get("side") and shown.n_responses != 1):
        return
    if span["end"] > len(text):
        raise ValueRefused(
            _("A mark ends at %(end)d, but the text has %(n)d characters.")
            % {"end": span["end"], "n": len(text)}
        )
    if span["text"] and text[span["start"] : span["end"]] != span["text"]:
        raise ValueRefused(_("The marked text is not what stands at that place."))
    span["text"] = text[span["start"] : span["end"]]


# -- reasons


def asks_reason(spec: CriterionSpec, stored: StoredValue) -> bool:
    """Whether this answer is one of those that need a rationale (`options.rationale_on`)."""
    wanted = {str(each) for each in spec.option("rationale_on", ())}
    if stored.is_abstention or not wanted:
        return False
    answers = stored.value if isinstance(stored.value, list) else [choice_of(stored.value)]
    return any(isinstance(each, str | int | float) and str(each) in wanted for each in answers)


_PARSERS: dict[str, Callable[[CriterionSpec, Any, Shown], StoredValue]] = {
    Kind.CATEGORICAL.value: _point,
    Kind.ORDINAL.value: _point,
    Kind.NUMERIC.value: _numeric,
    Kind.MULTI_LABEL.value: _labels,
    Kind.PAIRWISE.value: _pairwise,
    Kind.RANKING.value: _ranking,
    Kind.SPAN.value: _spans,
    Kind.TEXT.value: _text,
}
