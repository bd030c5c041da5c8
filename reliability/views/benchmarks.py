"""Benchmark words from the literature, each with its probability: never a verdict of ours."""

from dataclasses import dataclass

from reliability.services.figures import CriterionFigures, Figure
from reliability.stats import Estimate
from reliability.stats.thresholds import READINGS, Reading, reading, reading_probabilities

# Words are meant for what is corrected for chance.
WITHOUT_WORDS = frozenset(
    {
        "percent_agreement",
        "percent_agreement_pooled",
        "preference_agreement",
        "span_f1_exact",
        "span_f1_soft",
    }
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One author's words for one figure; `certain` is the best one that is 95% sure."""

    source: str
    words: tuple[Reading, ...]
    certain: str


@dataclass(frozen=True, slots=True)
class Benchmarks:
    figure: Figure
    scales: tuple[Benchmark, ...]


def benchmarks_of(criterion: CriterionFigures) -> Benchmarks | None:
    """Readings of alpha, or of the first figure that has words; None without a standard error."""
    for figure in criterion.figures:
        if figure.estimate is not None and figure.se and figure.coefficient not in WITHOUT_WORDS:
            return Benchmarks(figure, _scales(figure))
    return None


def _scales(figure: Figure) -> tuple[Benchmark, ...]:
    estimate = Estimate(coefficient=figure.coefficient, value=figure.estimate, se=figure.se)
    found = []
    for key, scale in READINGS.items():
        words = reading_probabilities(estimate, key)
        best = reading(estimate, key)
        if words:
            found.append(Benchmark(scale.source, tuple(words), best.word if best else ""))
    return tuple(found)
