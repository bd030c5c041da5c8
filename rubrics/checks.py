"""What a rubric must be before people judge by it. Pure functions over `RubricForm`."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from rubrics.choices import Kind, Level
from rubrics.errors import Path, Problem
from rubrics.form import (
    POINTS_REFUSED,
    POINTS_REQUIRED,
    CriterionForm,
    RubricForm,
    Value,
    pairwise_points,
)
from rubrics.reading import nearest, quoted
from rubrics.scalars import as_number

Found = Iterator[Problem]


def problems_of(form: RubricForm) -> list[Problem]:
    """Every problem, in the order of the rubric. Empty: it may be published."""
    found: list[Problem] = []
    if not form.criteria:
        found.append(
            Problem(("criteria",), _("The rubric asks nothing."), _("Add at least one criterion."))
        )
    for check in CHECKS:
        found.extend(check(form))
    return sorted(found, key=lambda p: (p.path[1] if len(p.path) > 1 else -1, str(p.path[2:])))


def _at(form: RubricForm, index: int, *rest: str | int) -> Path:
    return ("criteria", index, *rest)


def _duplicate_keys(form: RubricForm) -> Found:
    first: dict[str, int] = {}
    for i, criterion in enumerate(form.criteria):
        if criterion.key in first:
            yield Problem(
                _at(form, i, "key"),
                _("The key %(key)s is used twice: criterion %(n)d has it too.")
                % {"key": quoted(criterion.key), "n": first[criterion.key] + 1},
                _("Give one of them another key."),
                criterion=criterion.key,
                blocks=True,
            )
        first.setdefault(criterion.key, i)


def _questions(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        if not criterion.question:
            yield Problem(
                _at(form, i, "question"),
                _("The question is missing."),
                _("Write what raters decide, as one question."),
                criterion=criterion.key,
            )


def _weights(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        if criterion.weight < 0:
            yield Problem(
                _at(form, i, "weight"),
                _("A weight can't be negative."),
                _("Write 0 to leave it out of totals, 1 for ordinary."),
                criterion=criterion.key,
                blocks=True,
            )


def _duplicate_points(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        seen: set[str] = set()
        for j, anchor in enumerate(criterion.anchors):
            if anchor.text in seen:
                yield Problem(
                    _at(form, i, "anchors", j, "value"),
                    _("The value %(value)s is used twice.") % {"value": quoted(anchor.text)},
                    _("Each point of a scale has its own value."),
                    criterion=criterion.key,
                    blocks=True,
                )
            seen.add(anchor.text)


def _number_of_points(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        least = 1 if criterion.kind == Kind.MULTI_LABEL else 2
        if criterion.kind in POINTS_REQUIRED and len(criterion.anchors) < least:
            yield Problem(
                _at(form, i, "anchors"),
                _("A criterion of kind %(kind)s needs %(n)d points or more.")
                % {"kind": criterion.kind, "n": least},
                _("Add anchors: each a value, a label and what it means."),
                criterion=criterion.key,
            )
        if criterion.kind in POINTS_REFUSED and criterion.anchors:
            yield Problem(
                _at(form, i, "anchors"),
                _("A criterion of kind %(kind)s has no points.") % {"kind": criterion.kind},
                _("Remove the anchors, or choose another kind."),
                criterion=criterion.key,
            )


def _kinds_of_points(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        implied = pairwise_points(criterion.options)
        for j, anchor in enumerate(criterion.anchors):
            if criterion.kind == Kind.PAIRWISE and anchor.text not in implied:
                yield Problem(
                    _at(form, i, "anchors", j, "value"),
                    _("%(value)s is no outcome of a comparison.") % {"value": quoted(anchor.text)},
                    nearest(anchor.text, implied),
                    criterion=criterion.key,
                )
            if _needs_numbers(criterion) and anchor.number is None:
                yield Problem(
                    _at(form, i, "anchors", j, "value"),
                    _("%(value)s is a word, and the level %(level)s counts distances.")
                    % {"value": quoted(anchor.text), "level": criterion.level},
                    _("Write a number, or choose the level ordinal."),
                    criterion=criterion.key,
                )


def _needs_numbers(criterion: CriterionForm) -> bool:
    return criterion.kind == Kind.NUMERIC or (
        criterion.kind == Kind.ORDINAL and criterion.level in (Level.INTERVAL, Level.RATIO)
    )


def _order_of_points(form: RubricForm) -> Found:
    """An ordered scale is read in the order of its points; numbers must not contradict it."""
    for i, criterion in enumerate(form.criteria):
        numbers = [anchor.number for anchor in criterion.anchors if anchor.number is not None]
        ordered = sorted(numbers)
        if criterion.kind == Kind.ORDINAL and numbers not in (ordered, ordered[::-1]):
            yield Problem(
                _at(form, i, "anchors"),
                _("The points of an ordered scale are out of order."),
                _("List them from the lowest to the highest value."),
                criterion=criterion.key,
            )


def _ranges(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        least, most = criterion.options.get("min"), criterion.options.get("max")
        step = criterion.options.get("step")
        if criterion.kind != Kind.NUMERIC:
            continue
        if least is not None and most is not None and least >= most:
            yield Problem(
                _at(form, i, "options", "max"),
                _("The greatest value is not above the least."),
                _("Write a greater max or a smaller min."),
                criterion=criterion.key,
            )
        if step is not None and step <= 0:
            yield Problem(
                _at(form, i, "options", "step"),
                _("A step must be above 0."),
                _("Write for instance 1 or 0.5, or leave it out."),
                criterion=criterion.key,
            )
        yield from _off_the_range(criterion, i, least, most)


def _off_the_range(
    criterion: CriterionForm, i: int, least: float | None, most: float | None
) -> Found:
    for j, anchor in enumerate(criterion.anchors):
        number = anchor.number
        if number is None:
            continue
        if (least is not None and number < least) or (most is not None and number > most):
            yield Problem(
                ("criteria", i, "anchors", j, "value"),
                _("%(value)s lies outside min and max.") % {"value": quoted(anchor.text)},
                _("Widen the range, or move the anchor."),
                criterion=criterion.key,
            )


def _reasons(form: RubricForm) -> Found:
    """A reason can be asked for on answers that exist."""
    for i, criterion in enumerate(form.criteria):
        points = [str(point) for point in criterion.points]
        for value in criterion.options.get("rationale_on", ()):
            is_number = criterion.kind == Kind.NUMERIC and as_number(value) is not None
            if not is_number and value not in points:
                yield Problem(
                    _at(form, i, "options", "rationale_on"),
                    _("%(value)s is none of the answers.") % {"value": quoted(value)},
                    nearest(value, points or ["0"]),
                    criterion=criterion.key,
                )


def _corrections(form: RubricForm) -> Found:
    for i, criterion in enumerate(form.criteria):
        if criterion.options.get("corrects") and criterion.options.get("per") == "step":
            yield Problem(
                _at(form, i, "options", "corrects"),
                _("A tool call has no text to correct."),
                _("Ask about each response or each turn, or for free text."),
                criterion=criterion.key,
            )
        if criterion.options.get("corrects") and not _has_parts(criterion) and _compares(form):
            yield Problem(
                _at(form, i, "options", "corrects"),
                _("Several responses are compared: which one is corrected would not be known."),
                _("Ask about each response: per: response."),
                criterion=criterion.key,
            )


def _has_parts(criterion: CriterionForm) -> bool:
    return bool(criterion.options.get("per", "item") != "item")


def _compares(form: RubricForm) -> bool:
    """Whether its items have several responses."""
    return any(criterion.kind in (Kind.PAIRWISE, Kind.RANKING) for criterion in form.criteria)


def _conditions(form: RubricForm) -> Found:
    keys = [criterion.key for criterion in form.criteria]
    for i, criterion in enumerate(form.criteria):
        for other, values in criterion.show_if.items():
            path = _at(form, i, "show_if", other)
            target = form.criterion(other)
            if target is None:
                yield Problem(
                    path,
                    _("There is no criterion %(key)s.") % {"key": quoted(other)},
                    nearest(other, keys),
                    criterion=criterion.key,
                )
                continue
            yield from _condition_values(criterion, target, values, path)


def _condition_values(
    criterion: CriterionForm, target: CriterionForm, values: tuple[Value, ...], path: Path
) -> Found:
    if target.kind in (Kind.TEXT, Kind.SPAN, Kind.RANKING):
        yield Problem(
            path,
            _("The answer to %(key)s is not one of a few values.") % {"key": quoted(target.key)},
            _("Depend on a criterion with a scale."),
            criterion=criterion.key,
        )
        return
    for value in values:
        is_number_fit = target.kind == Kind.NUMERIC and not isinstance(value, str)
        if not is_number_fit and str(value) not in map(str, target.points):
            yield Problem(
                path,
                _("%(value)s is no answer to %(key)s.")
                % {"value": quoted(value), "key": quoted(target.key)},
                nearest(value, map(str, target.points)),
                criterion=criterion.key,
            )


def _circles(form: RubricForm) -> Found:
    needs = {criterion.key: set(criterion.show_if) for criterion in form.criteria}
    for i, criterion in enumerate(form.criteria):
        if _reaches_itself(criterion.key, needs):
            yield Problem(
                _at(form, i, "show_if"),
                _("The conditions go in a circle: this criterion waits for itself."),
                _("Remove one of the conditions: %(keys)s.")
                % {"keys": ", ".join(sorted(criterion.show_if))},
                criterion=criterion.key,
            )


def _reaches_itself(start: str, needs: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    waiting = set(needs[start])
    while waiting:
        key = waiting.pop()
        if key == start:
            return True
        if key not in seen:
            seen.add(key)
            waiting |= needs.get(key, set())
    return False


CHECKS: tuple[Callable[[RubricForm], Found], ...] = (
    _duplicate_keys,
    _questions,
    _weights,
    _duplicate_points,
    _number_of_points,
    _kinds_of_points,
    _order_of_points,
    _ranges,
    _reasons,
    _corrections,
    _conditions,
    _circles,
)
