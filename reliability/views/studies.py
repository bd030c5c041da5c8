"""What further raters or items would do, drawn and in a sentence."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Round
from reliability.services.figures import CriterionFigures, Decision
from reliability.views.addresses import judgments_url
from reliability.views.advice import more_items
from reliability.views.drawing import Curve, CurvePoint, agreement_axis, curve, nice_axis
from reliability.views.phrases import n_items, n_raters
from reliability.wording import interval, number


@dataclass(frozen=True, slots=True)
class Share:
    """A source of variance with its share of the whole, and what it means."""

    label: str
    meaning: str
    variance: float
    share: float


@dataclass(frozen=True, slots=True)
class Study:
    """The section of a criterion's page."""

    decision: Decision
    sentences: tuple[str, ...]
    shares: tuple[Share, ...]
    raters: Curve | None
    items: Curve | None


def study_of(round_: Round, criterion: CriterionFigures) -> Study | None:
    decision = criterion.decision
    if decision is None:
        return None
    url = judgments_url(round_, criterion.key)
    return Study(
        decision=decision,
        sentences=tuple(_sentences(criterion, decision)),
        shares=_shares(decision),
        raters=_raters(decision, url),
        items=_items(decision, url),
    )


def _sentences(criterion: CriterionFigures, decision: Decision) -> list[str]:
    said = [_needed(decision)] if decision.predicted else []
    more = more_items(criterion)
    if more is not None:
        width, n = more
        said.append(
            ngettext(
                "%(n)s more item with as many ratings each would narrow the interval to %(width)s.",
                "%(n)s more items with as many ratings each would narrow the interval to "
                "%(width)s.",
                n,
            )
            % {"n": n, "width": number(width)}
        )
    return said


def _needed(decision: Decision) -> str:
    n = decision.raters_needed
    if n is None:
        return _(
            "No number of raters an item reaches %(target)s: their answers hold too little that "
            "they share. Rewrite the question first."
        ) % {"target": number(decision.target)}
    found = next((each for each in decision.predicted if each.n_raters == n), None)
    if found is None:
        return ngettext(
            "%(n)s rater an item would reach %(target)s.",
            "%(n)s raters an item would reach %(target)s.",
            n,
        ) % {"n": n, "target": number(decision.target)}
    return ngettext(
        "%(n)s rater an item would give %(value)s (95%% interval %(interval)s).",
        "%(n)s raters an item would give %(value)s (95%% interval %(interval)s).",
        n,
    ) % {
        "n": n,
        "value": number(found.value),
        "interval": interval(found.ci_low, found.ci_high),
    }


def _shares(decision: Decision) -> tuple[Share, ...]:
    parts = (
        (_("Items"), _("what raters are asked to see"), decision.item),
        (_("Raters"), _("some give higher values than others"), decision.rater),
        (_("The rest"), _("rater by item, and chance"), decision.residual),
    )
    known = [(label, meaning, part) for label, meaning, part in parts if part is not None]
    total = sum(max(0.0, part) for _label, _meaning, part in known)
    if not total:
        return ()
    return tuple(
        Share(label, meaning, part, max(0.0, part) / total) for label, meaning, part in known
    )


def _raters(decision: Decision, url: str) -> Curve | None:
    points = [
        CurvePoint(
            float(each.n_raters),
            each.value,
            each.ci_low,
            each.ci_high,
            _("%(raters)s: %(value)s (95%% interval %(interval)s)")
            % {
                "raters": n_raters(each.n_raters),
                "value": number(each.value),
                "interval": interval(each.ci_low, each.ci_high),
            },
            url,
        )
        for each in decision.predicted
    ]
    if len(points) < 2:
        return None
    across = [(point.x, str(int(point.x))) for point in points]
    axis = agreement_axis(point.low for point in points)
    return curve(points, across=across, upright=axis, targets=(decision.target,))


def _items(decision: Decision, url: str) -> Curve | None:
    points = [
        CurvePoint(
            float(each.n_items),
            each.width,
            None,
            None,
            _("%(items)s: an interval %(width)s wide")
            % {"items": n_items(each.n_items), "width": number(each.width)},
            url,
        )
        for each in decision.widths
    ]
    if len(points) < 2:
        return None
    across = [(point.x, str(int(point.x))) for point in points]
    axis = nice_axis([0.0, *(point.y for point in points)])
    targets = [width for width, _n in decision.items_needed if axis.low < width < axis.high]
    return curve(points, across=across, upright=axis, targets=targets)
