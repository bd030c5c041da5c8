"""Which coefficients a report gives for which criterion."""

from collections.abc import Iterator

from reliability.selectors.counts import CriterionCounts
from reliability.selectors.scales import Scale
from reliability.services.checks import check_alpha, check_kappa
from reliability.services.figures import Check, Figure
from reliability.services.span_agreement import span_estimates
from reliability.stats import (
    Caution,
    Estimate,
    Level,
    PairTable,
    Weights,
    coefficient,
    cohen_kappa,
    preference_agreement,
    preference_kappa,
)
from rubrics.choices import Kind

# Fewer shared items than this and an interval, however formed, is a guess.
FEW_ITEMS = 20
FEW_ITEMS_WARNING = "few_items"

ALPHA = "krippendorff_alpha"
AGREEMENT = ("percent_agreement", "percent_agreement_pooled")
NUMERIC_LEVELS = frozenset({Level.INTERVAL, Level.RATIO})


def criterion_estimates(counts: CriterionCounts) -> Iterator[Figure]:
    """Figures over all raters of one criterion, alpha first."""
    scale = counts.scale
    if counts.spans is not None:
        for estimate in span_estimates(counts.spans):
            yield figure_of(scale, estimate)
    if counts.ratings is None:
        return
    alpha = coefficient(ALPHA, counts.ratings)
    patterns = counts.patterns
    yield figure_of(scale, alpha, check=check_alpha(patterns, alpha) if patterns else None)
    for name in (*AGREEMENT, *_beside(scale)):
        yield figure_of(scale, coefficient(name, counts.ratings))
    if scale.kind == Kind.PAIRWISE and patterns is not None:
        yield figure_of(scale, preference_agreement(patterns))
        yield figure_of(scale, preference_kappa(patterns))


def _beside(scale: Scale) -> Iterator[str]:
    """What is asked for beside alpha.

    Gwet's coefficients do not fall where one value prevails, but need a fixed scale, as the
    kappas do; numbers have the share of variance that lies between items.
    """
    if scale.points:
        yield "gwet_ac1"
        if scale.is_ordered:
            yield "gwet_ac2"
        yield from ("fleiss_kappa", "conger_kappa", "light_kappa", "brennan_prediger")
    if scale.level in NUMERIC_LEVELS:
        yield from ("icc_2_1", "icc_2_k")


def pair_estimates(scale: Scale, table: PairTable, codes: tuple[str, str]) -> Iterator[Figure]:
    """Cohen's kappa of one rater pair; on ordered scales also with quadratic weights."""
    for weights in pair_weights(scale):
        kappa = cohen_kappa(table, weights)
        yield figure_of(scale, kappa, raters=codes, check=check_kappa(table, kappa))


def pair_weights(scale: Scale) -> tuple[Weights, ...]:
    if scale.is_ordered:
        return (Weights.IDENTITY, Weights.QUADRATIC)
    return (Weights.IDENTITY,)


def figure_of(
    scale: Scale,
    estimate: Estimate,
    *,
    raters: tuple[str, str] | None = None,
    check: Check | None = None,
) -> Figure:
    return estimate_figure(scale.key, estimate, raters=raters, check=check)


def estimate_figure(
    criterion: str,
    estimate: Estimate,
    *,
    raters: tuple[str, str] | None = None,
    check: Check | None = None,
) -> Figure:
    return Figure(
        criterion=criterion,
        coefficient=estimate.coefficient,
        level=estimate.level,
        weights=estimate.weights,
        estimate=estimate.value,
        ci_low=estimate.ci_low,
        ci_high=estimate.ci_high,
        ci_method=estimate.ci_method,
        se=estimate.se,
        n_units=estimate.n_units,
        n_raters=estimate.n_raters,
        n_ratings=estimate.n_ratings,
        n_pairable=estimate.n_pairable,
        undefined_reason=estimate.undefined.value if estimate.undefined else None,
        warnings=_warnings(estimate),
        raters=raters,
        check=check,
        prevalence=estimate.term("prevalence_index"),
        bias=estimate.term("bias_index"),
    )


def _warnings(estimate: Estimate) -> tuple[str, ...]:
    found = [caution.value for caution in estimate.warnings]
    is_few = estimate.value is not None and estimate.n_units < FEW_ITEMS
    if is_few and Caution.TOO_FEW_UNITS_FOR_INTERVAL not in estimate.warnings:
        found.append(FEW_ITEMS_WARNING)
    return tuple(found)
