"""Figures in words: what a reader may conclude, and from what."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reliability.services.figures import CriterionFigures, Figure
from reliability.views.drawing import TARGETS
from reliability.wording import CAUTIONS, REASONS, number, said

TENTATIVE, RELIABLE = TARGETS


@dataclass(frozen=True, slots=True)
class Reading:
    """A verdict by the lower limit of alpha; `tone` is a badge's."""

    label: str
    tone: str
    sentence: str


def reading_of(criterion: CriterionFigures) -> Reading:
    alpha = criterion.figure("krippendorff_alpha")
    if alpha is None:
        return Reading(_("No agreement"), "", _("Free text has no agreement to compute."))
    if alpha.estimate is None:
        reason = said(REASONS, alpha.undefined_reason)
        return Reading(_("Undefined"), "", _("No figure: %(reason)s.") % {"reason": reason})
    if alpha.ci_low is None or alpha.ci_high is None:
        return Reading(
            _("No interval"),
            "warn",
            _("Alpha is %(value)s, but so few items allow no interval, so nothing follows from it.")
            % {"value": number(alpha.estimate)},
        )
    return _by_limits(alpha, alpha.ci_low, alpha.ci_high)


def _by_limits(alpha: Figure, low: float, high: float) -> Reading:
    words = {"value": number(alpha.estimate), "low": number(low), "high": number(high)}
    if low >= RELIABLE:
        sentence = _("Rely on it: alpha is %(value)s and at least %(low)s.")
        return Reading(_("Reliable"), "ok", sentence % words)
    if low >= TENTATIVE:
        sentence = _("Tentative conclusions only: alpha is %(value)s and at least %(low)s.")
        return Reading(_("Tentative"), "warn", sentence % words)
    if high < TENTATIVE:
        sentence = _("Don’t conclude from it: alpha is %(value)s and at most %(high)s.")
        return Reading(_("Not reliable"), "danger", sentence % words)
    sentence = _(
        "Too uncertain to conclude from: alpha is %(value)s and may lie anywhere from %(low)s to "
        "%(high)s."
    )
    return Reading(_("Too uncertain"), "danger", sentence % words)


def cautions(figure: Figure | None) -> list[str]:
    return [] if figure is None else [said(CAUTIONS, name) for name in figure.warnings]
