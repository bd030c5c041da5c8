"""How far raters agreed when a release was cut, by round and criterion."""

from collections.abc import Sequence
from typing import Any

from annotation.models import Round
from reliability.services.figures import CriterionFigures, Figure
from reliability.services.report import compute_report, figures_of, stored_report

NO_FIGURE = {
    "estimate": None,
    "ci_low": None,
    "ci_high": None,
    "undefined_reason": "not_comparable",
}
KEPT = (
    "level",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_method",
    "n_units",
    "n_raters",
    "n_ratings",
    "n_pairable",
    "undefined_reason",
)


def agreement_of(rounds: Sequence[Round], criteria: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Krippendorff's alpha with its interval and counts, and percent agreement beside it.

    The figures are those of the round's reliability report. One that is undefined says why;
    it never becomes a number.
    """
    return [
        _entry(round_, criterion)
        for round_ in rounds
        for criterion in _criteria_of(round_)
        if not criteria or criterion.key in criteria
    ]


def _criteria_of(round_: Round) -> Sequence[CriterionFigures]:
    report = stored_report(round_)
    return (figures_of(report) if report else compute_report(round_)).criteria


def _entry(round_: Round, criterion: CriterionFigures) -> dict[str, Any]:
    agreement = criterion.figure("percent_agreement")
    return {
        "round": round_.public_id,
        "rubric": round_.rubric_version.rubric.key,
        "rubric_version": round_.rubric_version.number,
        "criterion": criterion.key,
        **_unit(criterion),
        "coefficient": "krippendorff_alpha",
        **_kept(criterion.figure("krippendorff_alpha")),
        "percent_agreement": agreement.estimate if agreement else None,
        "abstentions": criterion.excluded.abstentions,
    }


def _unit(criterion: CriterionFigures) -> dict[str, Any]:
    """What `n_units` counts where it is not items."""
    return {"per": criterion.per, "n_items": criterion.n_whole_items} if criterion.per else {}


def _kept(figure: Figure | None) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in KEPT} if figure else NO_FIGURE
