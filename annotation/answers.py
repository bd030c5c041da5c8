"""An answer as it is sent: checked against the rubric, as a whole, before anything is stored.

To a criterion with `per` belongs {part: value}, or one abstention from all of it. It is not
asked of an item that has no such parts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.canonical import content_hash
from accounts.errors import Invalid
from annotation.conditions import asked
from annotation.criteria import CriterionSpec
from annotation.parts import MOST_NAMED, Given, by_part
from annotation.values import (
    MAX_TEXT,
    NOTHING_KNOWN,
    Shown,
    StoredValue,
    asks_reason,
    is_blank,
    parse_value,
)

MOST_SECONDS = 24 * 60 * 60
FIELDS = frozenset({"ratings", "rationale", "confidence", "seconds_spent", "base_revision"})
MOST_RATINGS = 200
# Unknown parts told of one criterion; more would not help anyone.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A valid answer; `values` by criterion key, sides and parts as the rater saw them.

    seconds_spent is what the client measured: only data, dropped when it can't be true (T55).
    base_revision: 0 for a first submission.
    """

    values: Mapping[str, Given]
    raw_ratings: Mapping[str, Any]
    rationale: str
    confidence: int | None
    seconds_spent: float | None
    base_revision: int

    @property
    def content(self) -> dict[str, Any]:
        """What makes two answers the same: not the time taken, nor what they were based on."""
        return {
            "ratings": {key: _as_sent(value) for key, value in self.values.items()},
            "rationale": self.rationale,
            "confidence": self.confidence,
        }

    @property
    def content_hash(self) -> str:
        return content_hash(self.content)

    @property
    def body(self) -> dict[str, Any]:
        """As kept in the revision."""
        return self.content | {
            "seconds_spent": self.seconds_spent,
            "base_revision": self.base_revision,
        }


def _as_sent(given: Given) -> Any:
    return as_sent(given) if isinstance(given, StoredValue) else parts_as_sent(given)


def as_sent(stored: StoredValue) -> Any:
    """One value as an answer holds it."""
    if stored.is_abstention:
        return {"abstain": True, "reason": stored.abstention_reason}
    return stored.value


def parts_as_sent(parts: Mapping[str, StoredValue]) -> dict[str, Any]:
    return {part: as_sent(stored) for part, stored in parts.items()}


def read_answer(
    body: Any, specs: Sequence[CriterionSpec], *, shown: Shown = NOTHING_KNOWN
) -> Answer:
    """The answer in `body` ({ratings, rationale, confidence, seconds_spent, base_revision}).

    Raises Invalid whose `fields` has every problem at once, ratings as `ratings.KEY` and parts
    as `ratings.KEY.PART`.
    """
    problems: dict[str, list[str]] = {}
    if not isinstance(body, Mapping):
        raise Invalid(_("The answer must be an object with `ratings`."))
    for name in sorted(set(map(str, body)) - FIELDS):
        problems[name[:100]] = [_("This field is not known.")]
    ratings = _ratings(body.get("ratings"), specs, problems)
    values = _values(ratings, specs, shown, problems)
    _check_conditions(values, specs, shown, problems)
    rationale = _rationale(body.get("rationale"), problems)
    if not rationale:
        _check_reasons(values, specs, problems)
    answer = Answer(
        values=values,
        raw_ratings=ratings,
        rationale=rationale,
        confidence=_confidence(body.get("confidence"), problems),
        seconds_spent=_seconds(body.get("seconds_spent"), problems),
        base_revision=_base(body.get("base_revision"), problems),
    )
    if problems:
        raise Invalid(_summary(problems), fields=problems)
    return answer


def _summary(problems: Mapping[str, Sequence[str]]) -> str:
    name, messages = next(iter(problems.items()))
    return _("This answer can't be accepted. %(name)s: %(message)s") % {
        "name": name,
        "message": messages[0],
    }


def _ratings(
    raw: Any, specs: Sequence[CriterionSpec], problems: dict[str, list[str]]
) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        problems["ratings"] = [_("Send the ratings as an object: {criterion: value}.")]
        return {}
    if len(raw) > MOST_RATINGS:
        problems["ratings"] = [_("There are more ratings than a rubric has criteria.")]
        return {}
    known = {spec.key for spec in specs}
    for key in sorted(set(map(str, raw)) - known):
        problems[f"ratings.{key[:80]}"] = [
            _("The rubric has no such criterion. It asks for: %(keys)s.")
            % {"keys": ", ".join(sorted(known))}
        ]
    return {key: value for key, value in raw.items() if key in known and not is_blank(value)}


def _values(
    ratings: Mapping[str, Any],
    specs: Sequence[CriterionSpec],
    shown: Shown,
    problems: dict[str, list[str]],
) -> dict[str, Given]:
    values: dict[str, Given] = {}
    for spec in specs:
        if spec.key not in ratings:
            continue
        raw = ratings[spec.key]
        if spec.per and not _is_abstention(raw):
            values |= _parts(spec, raw, shown, problems)
            continue
        try:
            values[spec.key] = parse_value(spec, raw, shown=shown)
        except Invalid as refused:
            problems[f"ratings.{spec.key}"] = [refused.detail]
    return values


def _is_abstention(raw: Any) -> bool:
    return isinstance(raw, Mapping) and "abstain" in raw


def _parts(
    spec: CriterionSpec, raw: Any, shown: Shown, problems: dict[str, list[str]]
) -> dict[str, Given]:
    """{key: {part: value}} of a criterion with parts; nothing where no part was answered."""
    name, known = f"ratings.{spec.key}", _known_parts(spec, shown)
    if not known:
        problems[name] = [_("This item has nothing that this is asked about. Leave it out.")]
        return {}
    if not isinstance(raw, Mapping):
        problems[name] = [_("This is asked for each part. Send an object: {part: value}.")]
        return {}
    for part in sorted(set(map(str, raw)) - set(known))[:MOST_TOLD]:
        problems[f"{name}.{part[:80]}"] = [
            _("The item has no such part. It has: %(parts)s.")
            % {"parts": ", ".join(known)[:MOST_NAMED]}
        ]
    found: dict[str, StoredValue] = {}
    for part in known:
        if is_blank(raw.get(part)):
            continue
        try:
            found[part] = parse_value(spec, raw[part], shown=shown)
        except Invalid as refused:
            problems[f"{name}.{part}"] = [refused.detail]
    return {spec.key: found} if found else {}


def _known_parts(spec: CriterionSpec, shown: Shown) -> tuple[str, ...]:
    return (shown.parts or {}).get(spec.per, ())


def _check_conditions(
    values: Mapping[str, Given],
    specs: Sequence[CriterionSpec],
    shown: Shown,
    problems: dict[str, list[str]],
) -> None:
    visible = asked(specs, values)
    for spec in specs:
        name = f"ratings.{spec.key}"
        if name in problems:
            continue
        if spec.key in visible and spec.is_required:
            for missing in _unanswered(spec, name, values.get(spec.key), shown):
                problems.setdefault(missing, [_("This criterion needs an answer.")])
        if spec.key not in visible and spec.key in values:
            problems[name] = [_("This is not asked after these answers. Leave it out.")]


def _unanswered(spec: CriterionSpec, name: str, given: Given | None, shown: Shown) -> Sequence[str]:
    """Names of what a required criterion still wants: its value, or those of some parts."""
    if not spec.per:
        return [name] if given is None else ()
    if isinstance(given, StoredValue):
        return ()
    return [f"{name}.{part}" for part in _known_parts(spec, shown) if part not in (given or {})]


def _check_reasons(
    values: Mapping[str, Given],
    specs: Sequence[CriterionSpec],
    problems: dict[str, list[str]],
) -> None:
    """Some answers are only taken with a rationale (`options.rationale_on`)."""
    for spec in specs:
        given = by_part(values[spec.key]).values() if spec.key in values else ()
        if any(asks_reason(spec, stored) for stored in given):
            message = _("Say why: the answer to “%(key)s” needs a reason.") % {"key": spec.key}
            problems.setdefault("rationale", []).append(message)


def _rationale(raw: Any, problems: dict[str, list[str]]) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        problems["rationale"] = [_("This must be a text.")]
    elif len(raw) > MAX_TEXT:
        problems["rationale"] = [
            _("The text has %(n)d characters; at most %(max)d fit.")
            % {"n": len(raw), "max": MAX_TEXT}
        ]
    elif "\x00" in raw or any(0xD800 <= ord(char) <= 0xDFFF for char in raw):
        problems["rationale"] = [_("The text holds a character that can't be stored.")]
    else:
        return raw.replace("\r\n", "\n").strip()
    return ""


def _confidence(raw: Any, problems: dict[str, list[str]]) -> int | None:
    if is_blank(raw):
        return None
    if isinstance(raw, str) and raw.strip() in {"1", "2", "3", "4", "5"}:
        return int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= 5:
        return raw
    problems["confidence"] = [_("Confidence is a whole number from 1 to 5.")]
    return None


def _seconds(raw: Any, problems: dict[str, list[str]]) -> float | None:
    """A client's clock may step: a time that can't be true is no time, and no reason to refuse."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, str):
        try:
            raw = float(raw)
        except ValueError:
            raw = None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        problems["seconds_spent"] = [_("This must be a number of seconds.")]
        return None
    fits = math.isfinite(raw) and 0 <= raw <= MOST_SECONDS
    return round(float(raw), 1) if fits else None


def _base(raw: Any, problems: dict[str, list[str]]) -> int:
    if is_blank(raw):
        return 0
    if isinstance(raw, str) and raw.strip().isdecimal() and len(raw) < 9:
        return int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**31:
        return raw
    problems["base_revision"] = [_("This is the number of the revision the change is based on.")]
    return 0
