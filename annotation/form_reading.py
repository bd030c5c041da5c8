"""A posted judgment form as ratings: {criterion: value} or {criterion: {part: value}}.

The names of the fields are those of `PresentedQuestion.name`. Nothing here judges whether a
value is allowed; a question that the answers don't ask is left out, as on the page.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.http import QueryDict

from accounts.errors import Invalid
from annotation.conditions import asked
from annotation.criteria import CriterionSpec, spec_of
from annotation.form_values import as_text, whole_number
from annotation.parts import Given
from annotation.presentation import PresentedItem
from annotation.presented_marks import read_marks
from annotation.presented_parts import PresentedPart, item_parts
from annotation.values import BEST_WORST, TIE, StoredValue, parse_value
from rubrics.choices import Kind
from rubrics.models import Criterion

Posted = QueryDict
NOTHING: Final[tuple[Any, ...]] = (None, "", {})


def read_ratings(
    criteria: Iterable[Criterion], item: PresentedItem, posted: Posted
) -> dict[str, Any]:
    """What was answered; what was not is left out."""
    specs = [spec_of(criterion) for criterion in criteria]
    found = {spec.key: _answer(spec, item, posted) for spec in specs}
    given = {key: raw for key, raw in found.items() if raw not in NOTHING}
    values = {spec.key: _meant(spec, given[spec.key]) for spec in specs if spec.key in given}
    visible = asked(specs, values)
    return {key: raw for key, raw in given.items() if key in visible}


def _answer(spec: CriterionSpec, item: PresentedItem, posted: Posted) -> Any:
    parts = item_parts(spec.per, item)
    if spec.per and not parts:
        return None
    if "abstain-all" in posted:
        return {"abstain": True, "reason": as_text(posted.get("abstain-all-reason"))}
    if not parts or f"abstain-{spec.key}" in posted:
        return _one(spec, spec.key, item, posted, None)
    read = {part.name: _one(spec, f"{spec.key}--{part.name}", item, posted, part) for part in parts}
    return {name: value for name, value in read.items() if value not in NOTHING}


def _one(
    spec: CriterionSpec,
    name: str,
    item: PresentedItem,
    posted: Posted,
    part: PresentedPart | None,
) -> Any:
    if f"abstain-{name}" in posted:
        return {"abstain": True, "reason": _reason(name, posted)}
    if spec.option("corrects"):
        return _correction(name, item, posted, part)
    return _READERS[spec.kind](spec, name, posted, item)


def _reason(name: str, posted: Posted) -> str:
    """An offered reason, one's own, or both as “offered: own”."""
    both = (posted.get(f"reason-{name}-listed", ""), posted.get(f"reason-{name}", ""))
    return ": ".join(each for each in both if each.strip())


def _meant(spec: CriterionSpec, raw: Any) -> Given:
    """What conditions go by. A value that will be refused is an answer all the same."""
    if spec.per and isinstance(raw, Mapping) and "abstain" not in raw:
        return {part: _parsed(spec, each) for part, each in raw.items()}
    return _parsed(spec, raw)


def _parsed(spec: CriterionSpec, raw: Any) -> StoredValue:
    if isinstance(raw, Mapping) and "abstain" in raw:
        return StoredValue(is_abstention=True)
    try:
        return parse_value(spec, raw)
    except Invalid:
        return StoredValue(value=raw)


# -- by kind


def _chosen(spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem) -> str | None:
    return posted.get(f"value-{name}")


def _preferred(spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem) -> Any:
    """`response_1:2` is the second strength of the first response."""
    raw = posted.get(f"value-{name}")
    if not raw or not spec.option("strengths"):
        return raw
    choice, _sign, strength = raw.partition(":")
    if choice == TIE:
        return {"choice": TIE, "strength": 0}
    return {"choice": choice, "strength": whole_number(strength)} if strength else choice


def _long(spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem) -> str | None:
    text = _lines(posted.get(f"value-{name}", ""))
    return text if text.strip() else None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _correction(
    name: str, item: PresentedItem, posted: Posted, part: PresentedPart | None
) -> str | None:
    """The corrected text; the response itself where it was said that nothing needs correcting."""
    texts = {each.key: each.text.source for each in item.responses}
    if part:
        texts = {part.name: part.text}
    originals = {key: _lines(text) for key, text in texts.items()}
    if f"same-{name}" in posted:
        return originals.get(posted.get(f"of-{name}", ""), next(iter(originals.values()), None))
    text = _lines(posted.get(f"value-{name}", ""))
    return text if text.strip() and text not in originals.values() else None


def _several(
    spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem
) -> list[str] | None:
    chosen = posted.getlist(f"value-{name}")
    return chosen or ([] if f"none-{name}" in posted else None)


def _order(
    spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem
) -> list[str | list[str]] | None:
    keys = [response.key for response in item.responses]
    if spec.option("style") == BEST_WORST:
        groups = _best_and_worst(name, posted, keys)
    else:
        places: dict[int, list[str]] = {}
        for key in keys:
            place = whole_number(posted.get(f"place-{name}-{key}"))
            if place is not None:
                places.setdefault(place, []).append(key)
        groups = [places[place] for place in sorted(places)]
    return [group[0] if len(group) == 1 else group for group in groups] or None


def _best_and_worst(name: str, posted: Posted, keys: list[str]) -> list[list[str]]:
    """The best, all others in one place, the worst; the others alone can't be told apart."""
    best, worst = posted.get(f"best-{name}"), posted.get(f"worst-{name}")
    ends = {each for each in (best, worst) if each}
    groups = [
        [key for key in keys if key == best],
        [key for key in keys if key not in ends],
        [key for key in keys if key == worst and key != best],
    ]
    return [group for group in groups if group] if ends else []


def _marks(spec: CriterionSpec, name: str, posted: Posted, item: PresentedItem) -> Any:
    return read_marks(name, posted, item)


_READERS: dict[str, Callable[[CriterionSpec, str, Posted, PresentedItem], Any]] = {
    Kind.CATEGORICAL.value: _chosen,
    Kind.ORDINAL.value: _chosen,
    Kind.PAIRWISE.value: _preferred,
    Kind.NUMERIC.value: _chosen,
    Kind.MULTI_LABEL.value: _several,
    Kind.RANKING.value: _order,
    Kind.SPAN.value: _marks,
    Kind.TEXT.value: _long,
}
