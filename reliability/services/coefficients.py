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
    PairTable,
    Patterns,
    Undefined,
    Weights,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from rubrics.choices import Kind

# Fewer shared items than this and an interval, however formed, is a guess.
FEW_ITEMS = 20
FEW_ITEMS_WARNING = "few_items"
MAX_PAIRS = 300

# Free text has values, but no two of them are the same answer or a different one.
WITHOUT_AGREEMENT = frozenset({Kind.TEXT})


def criterion_estimates(counts: CriterionCounts) -> Iterator[Figure]:
    """Figures over all raters of one criterion."""
    scale = counts.scale
    if scale.kind in WITHOUT_AGREEMENT:
        return
    if counts.spans is not None:
        for estimate in span_estimates(counts.spans, counts.usage.n_raters):
            yield _figure(scale, estimate)
        return
    if counts.patterns is None:
        yield from _undefined_figures(counts, Undefined.TOO_MANY_VALUES)
        return
    patterns = counts.patterns
    alpha = krippendorff_alpha(patterns)
    yield _figure(scale, alpha, check=check_alpha(patterns, alpha))
    yield _figure(scale, percent_agreement(patterns))
    yield from _beside(scale, patterns)


def _beside(scale: Scale, patterns: Patterns) -> Iterator[Figure]:
    """AC1 beside alpha: it does not fall where one value prevails, but needs a fixed scale."""
    if scale.points:
        yield _figure(scale, gwet_ac1(patterns))


def pair_estimates(scale: Scale, table: PairTable, codes: tuple[str, str]) -> Iterator[Figure]:
    """Cohen's kappa of one rater pair; on ordered scales also with quadratic weights."""
    for weights in pair_weights(scale):
        kappa = cohen_kappa(table, weights)
        yield _figure(scale, kappa, raters=codes, check=check_kappa(table, kappa))


def pair_weights(scale: Scale) -> tuple[Weights, ...]:
    if scale.is_ordered:
        return (Weights.IDENTITY, Weights.QUADRATIC)
    return (Weights.IDENTITY,)


def _undefined_figures(counts: CriterionCounts, reason: Undefined) -> Iterator[Figure]:
    n_ratings = sum(counts.usage.by_rater.values())
    for coefficient in ("krippendorff_alpha", "percent_agreement"):
        yield _figure(
            counts.scale,
            Estimate(
                coefficient=coefficient,
                level=counts.scale.level.value,
                n_raters=counts.usage.n_raters,
                n_ratings=n_ratings,
                undefined=reason,
            ),
        )


def _figure(
    scale: Scale,
    estimate: Estimate,
    *,
    raters: tuple[str, str] | None = None,
    check: Check | None = None,
) -> Figure:
    return Figure(
        criterion=scale.key,
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
    )


def _warnings(estimate: Estimate) -> tuple[str, ...]:
    found = [caution.value for caution in estimate.warnings]
    is_few = estimate.value is not None and estimate.n_units < FEW_ITEMS
    if is_few and Caution.TOO_FEW_UNITS_FOR_INTERVAL not in estimate.warnings:
        found.append(FEW_ITEMS_WARNING)
    return tuple(found)
