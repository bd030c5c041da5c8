"""What to do about a criterion, in words: which anchors, which items, which rater.

Every sentence names the evidence it rests on and links to it. Nothing is advised on a difference
whose interval holds zero.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Round
from reliability.services.figures import (
    ConfusedAnchors,
    CriterionFigures,
    Figure,
    RaterInfluence,
    ReportFigures,
    SliceFamily,
    SliceRow,
)
from reliability.views.addresses import address, judgments_url
from reliability.views.families import family_label, slice_url
from reliability.views.phrases import (
    anchor,
    change_with_interval,
    link,
    n_items,
    name,
    with_interval,
)
from reliability.wording import (
    REASONS,
    REMEDIES,
    interval,
    number,
    percentage,
    probability,
    said,
)
from rubrics.choices import Kind, Tier

# The worst pair stands out with this part of all disagreements; below, no single one does.
STANDS_OUT = 0.25
# Adjusted probability below which a slice is said to differ.
DIFFERS = 0.05
MOST_FOR_A_CRITERION = 4
# Alpha that a rater must cost before anybody is asked to talk.
LEAST_EFFECT = 0.01
ANCHORED = frozenset({Kind.ORDINAL, Kind.CATEGORICAL})
URGENCY = {Tier.CRITICAL: 0, Tier.IMPORTANT: 1, Tier.MINOR: 2}


@dataclass(frozen=True, slots=True)
class Advice:
    """`what` to do, and `why`; `kind` names the sort of advice, `criterion` its key."""

    kind: str
    criterion: str
    what: SafeString
    why: SafeString


Adviser = Callable[[Round, CriterionFigures], Iterator[Advice]]


def advice_of_round(round_: Round, figures: ReportFigures) -> list[Advice]:
    """The first advice on each criterion, most urgent criterion first; then the second ones."""
    ordered = sorted(figures.criteria, key=_urgency)
    ranked = [
        (rank, place, each)
        for place, criterion in enumerate(ordered)
        for rank, each in enumerate(advice_on(round_, criterion))
    ]
    return [each for _rank, _place, each in sorted(ranked, key=lambda found: found[:2])]


def _urgency(criterion: CriterionFigures) -> tuple[int, float]:
    alpha = criterion.figure("krippendorff_alpha")
    low = alpha.ci_low if alpha is not None else None
    return URGENCY.get(Tier(criterion.tier), 1), -2.0 if low is None else low


def advice_on(round_: Round, criterion: CriterionFigures) -> list[Advice]:
    """Most useful first; empty where the criterion clears its target and nothing stands out."""
    advisers: tuple[Adviser, ...] = (
        _on_undefined,
        _on_one_value,
        _on_anchors,
        _on_slices,
        _on_raters,
        _on_width,
    )
    found = [each for adviser in advisers for each in adviser(round_, criterion)]
    return found[:MOST_FOR_A_CRITERION]


def _alpha(criterion: CriterionFigures) -> Figure | None:
    alpha = criterion.figure("krippendorff_alpha")
    return alpha if alpha is not None and alpha.estimate is not None else None


def clears(criterion: CriterionFigures, target: float) -> bool:
    """Whether even the lower limit of alpha reaches `target`."""
    alpha = _alpha(criterion)
    return alpha is not None and alpha.ci_low is not None and alpha.ci_low >= target


def _title(round_: Round, criterion: CriterionFigures) -> SafeString:
    url = address("criterion", round_, criterion=criterion.key)
    return link(url, name(criterion.key))


def _on_undefined(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    alpha = criterion.figure("krippendorff_alpha")
    if alpha is None or alpha.estimate is not None:
        return
    remedy = REMEDIES.get(alpha.undefined_reason or "")
    what = format_html(
        _("No figure for {criterion}: {reason}."),
        criterion=_title(round_, criterion),
        reason=said(REASONS, alpha.undefined_reason),
    )
    yield Advice("undefined", criterion.key, what, format_html("{}", remedy or ""))


def _on_one_value(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    """Where one value prevails, a low coefficient says little about the raters."""
    alpha, agreement = _alpha(criterion), criterion.figure("percent_agreement")
    ac1 = criterion.figure("gwet_ac1")
    if alpha is None or agreement is None or not criterion.distribution:
        return
    if "high_agreement_low_kappa" not in alpha.warnings:
        return
    common = max(criterion.distribution, key=lambda each: each.n)
    what = format_html(
        _("Add items to {criterion} for which {value} would be wrong, before you blame raters."),
        criterion=_title(round_, criterion),
        value=anchor(common.value, common.label),
    )
    why = format_html(
        _(
            "Raters agree on {agreement} of pairs, but {share} of ratings are this one value, so "
            "alpha is {alpha}. Read it beside AC1, {ac1}."
        ),
        agreement=percentage(agreement.estimate),
        share=percentage(common.share),
        alpha=with_interval(alpha),
        ac1=number(ac1.estimate if ac1 else None),
    )
    yield Advice("one_value", criterion.key, what, why)


def _on_anchors(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    if _alpha(criterion) is None or clears(criterion, _reliable(criterion)):
        return
    if not criterion.confused:
        yield from _on_split(round_, criterion)
        return
    worst = criterion.confused[0]
    url = judgments_url(round_, criterion.key, values=worst.values)
    pair = format_html(
        _("{first} and {second}"),
        first=anchor(worst.values[0], worst.labels[0]),
        second=anchor(worst.values[1], worst.labels[1]),
    )
    what = format_html(
        _call(criterion, worst), pair=link(url, pair), criterion=_title(round_, criterion)
    )
    yield Advice("anchors", criterion.key, what, _because(criterion, worst, url))


def _reliable(criterion: CriterionFigures) -> float:
    return criterion.decision.target if criterion.decision else 0.8


def _is_two_way(criterion: CriterionFigures) -> bool:
    """Between two points there is nothing to choose: the question itself is at fault."""
    return len(criterion.points) == 2


def _call(criterion: CriterionFigures, worst: ConfusedAnchors) -> str:
    if criterion.kind not in ANCHORED:
        return _("Say in the guidelines of {criterion} how to tell {pair} apart.")
    if _is_two_way(criterion):
        return _("Rewrite the question of {criterion}: the same items get {pair}.")
    if worst.share < STANDS_OUT:
        return _("Rewrite the question or all anchors of {criterion}, {pair} first.")
    return _("Rewrite anchors {pair} of {criterion}.")


def n_disagreements(criterion: CriterionFigures) -> int:
    """Pairs of raters that gave one item two different values."""
    return sum(cell.n_pairs for cell in criterion.matrix if cell.row != cell.column)


def _because(criterion: CriterionFigures, worst: ConfusedAnchors, url: str) -> SafeString:
    total = n_disagreements(criterion) or round(worst.n_pairs / worst.share)
    alpha = _alpha(criterion)
    stands = format_html(_("Alpha is {alpha}."), alpha=with_interval(alpha)) if alpha else ""
    if _is_two_way(criterion):
        return format_html("{} {}", _split_on(worst, url), stands)
    lies = format_html(
        _("All {total} disagreements between two raters lie between them, on {items}.")
        if 1 < worst.n_pairs == total
        else ngettext(
            "{n} of {total} disagreement between two raters lies between them, on {items}.",
            "{n} of {total} disagreements between two raters lie between them, on {items}.",
            total,
        ),
        n=worst.n_pairs,
        total=total,
        items=link(url, n_items(worst.n_items)),
    )
    return format_html("{} {} {}", lies, _ratio(worst), stands)


def _split_on(worst: ConfusedAnchors, url: str) -> SafeString:
    text = ngettext(
        "{n} time two raters of an item gave one each, on {items}.",
        "{n} times two raters of an item gave one each, on {items}.",
        worst.n_pairs,
    )
    return format_html(text, n=worst.n_pairs, items=link(url, n_items(worst.n_items)))


def _ratio(worst: ConfusedAnchors) -> str:
    """How often, next to raters who use the values as often but look at no item."""
    if worst.ratio is None or worst.ci_low is None:
        return ""
    return _(
        "That is %(ratio)s times (95%% interval %(interval)s) as often as among raters who answer "
        "at random."
    ) % {"ratio": number(worst.ratio), "interval": interval(worst.ci_low, worst.ci_high)}


def _on_split(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    """Scales without fixed points: the items are all there is to point at.

    They are counted, not named: some may wait to be decided blind by who reads this.
    """
    alpha = _alpha(criterion)
    if not criterion.split or alpha is None:
        return
    url = address("criterion", round_, criterion=criterion.key) + "#items"
    what = format_html(
        _("Read the {items} on which raters of {criterion} disagree most."),
        criterion=_title(round_, criterion),
        items=link(url, n_items(len(criterion.split))),
    )
    why = format_html(_("Alpha is {alpha}."), alpha=with_interval(alpha))
    yield Advice("items", criterion.key, what, why)


def _on_slices(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    """The slice that lies furthest below the rest, after adjusting for how many were compared."""
    lower = [
        (row.difference.value, family, row)
        for family in criterion.slices
        for row in family.rows
        if row.difference is not None and row.difference.value is not None and _is_lower(row)
    ]
    if lower:
        _value, family, row = min(lower, key=lambda each: each[0])
        yield _slice_advice(round_, criterion, family, row)


def _is_lower(row: SliceRow) -> bool:
    found = row.difference
    if found is None or found.ci_high is None or found.p_adjusted is None:
        return False
    return found.ci_high < 0 and found.p_adjusted < DIFFERS


def _slice_advice(
    round_: Round, criterion: CriterionFigures, family: SliceFamily, row: SliceRow
) -> Advice:
    assert row.difference is not None
    what = format_html(
        _("Look at {criterion} where {family} is {value}."),
        criterion=_title(round_, criterion),
        family=name(family_label(family)),
        value=link(slice_url(round_, criterion.key, family, row), name(row.value)),
    )
    n_compared = sum(each.difference is not None for each in family.rows)
    why = format_html(
        ngettext(
            "Alpha is {alpha} there; less alpha of all other items that is {change}: {items}, "
            "p {p} adjusted for {n} comparison.",
            "Alpha is {alpha} there; less alpha of all other items that is {change}: {items}, "
            "p {p} adjusted for {n} comparisons.",
            n_compared,
        ),
        alpha=number(row.figure.estimate if row.figure else None),
        change=change_with_interval(row.difference),
        items=n_items(row.n_items),
        p=probability(row.difference.p_adjusted),
        n=n_compared,
    )
    return Advice("slice", criterion.key, what, why)


def _on_raters(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    """The rater without whom the others agree clearly better."""
    n_raters = len(criterion.raters_left_out)
    lowering = [each for each in criterion.raters_left_out if _lowers_alpha(each, n_raters)]
    if not lowering:
        return
    worst = min(lowering, key=lambda each: (each.change and each.change.value) or 0.0)
    what = format_html(
        _("Talk {criterion} through with {rater}."),
        criterion=_title(round_, criterion),
        rater=link(judgments_url(round_, criterion.key, raters=(worst.rater,)), name(worst.rater)),
    )
    yield Advice("rater", criterion.key, what, _influence(criterion, worst))


def _lowers_alpha(rater: RaterInfluence, n_raters: int) -> bool:
    """Whether alpha is visibly lower with the rater, also for who looks at `n_raters` of them.

    Bonferroni: the 95% interval is widened until all intervals together keep 95%.
    """
    change = rater.change
    if change is None or change.value is None or change.ci_high is None:
        return False
    normal = NormalDist()
    wider = normal.inv_cdf(1 - 0.025 / n_raters) / normal.inv_cdf(0.975)
    reach = (change.ci_high - change.value) * wider
    return change.value <= -LEAST_EFFECT and change.value + reach < 0


def _influence(criterion: CriterionFigures, worst: RaterInfluence) -> SafeString:
    alpha = _alpha(criterion)
    said_of = format_html(
        _("Without this rater alpha would be {without} instead of {alpha}."),
        without=with_interval(worst.without),
        alpha=number(alpha.estimate if alpha else None),
    )
    if worst.severity is None or worst.severity_low is None or worst.severity_high is None:
        return said_of
    if worst.severity_low <= 0 <= worst.severity_high:
        return said_of
    higher = _(
        "The rater’s values lie %(by)s above those of the others (95%% interval %(interval)s)."
    )
    lower = _(
        "The rater’s values lie %(by)s below those of the others (95%% interval %(interval)s)."
    )
    limits = sorted((abs(worst.severity_low), abs(worst.severity_high)))
    values = (higher if worst.severity > 0 else lower) % {
        "by": number(abs(worst.severity)),
        "interval": interval(*limits),
    }
    return format_html("{} {}", said_of, values)


def _on_width(round_: Round, criterion: CriterionFigures) -> Iterator[Advice]:
    """More items where they could settle whether the target is met."""
    alpha = _alpha(criterion)
    if alpha is None or alpha.ci_low is None or alpha.ci_high is None:
        return
    target = _reliable(criterion)
    more = more_items(criterion)
    if not alpha.ci_low < target <= alpha.ci_high or more is None:
        return
    width, n = more
    what = format_html(
        ngettext(
            "Have {n} more item of {criterion} judged by two raters or more.",
            "Have {n} more items of {criterion} judged by two raters or more.",
            n,
        ),
        n=n,
        criterion=_title(round_, criterion),
    )
    why = format_html(
        _("Alpha is {alpha}: {target} may be met or not. So many would narrow it to {width}."),
        alpha=with_interval(alpha),
        target=number(target),
        width=number(width),
    )
    yield Advice("more_items", criterion.key, what, why)


def more_items(criterion: CriterionFigures) -> tuple[float, int] | None:
    """(width of the interval, items still missing for it): the widest one not yet reached."""
    alpha = _alpha(criterion)
    if criterion.decision is None or alpha is None:
        return None
    missing = [
        (width, needed - alpha.n_units)
        for width, needed in criterion.decision.items_needed
        if needed is not None and needed > alpha.n_units
    ]
    return max(missing) if missing else None
