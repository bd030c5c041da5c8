"""One figure of a file: the record that programs read, and what people should know beside it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from reliability.stats.data import Level
from reliability.stats.points import ConfusedPair
from reliability.stats.results import Caution, Estimate


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What people should know beside a record; no part of it.

    `draws` and `seed` belong to a resampled interval, `permutations` to the
    test of a difference; `confused` holds the values that raters confuse most,
    the same for all figures on the same ratings.
    """

    cautions: tuple[Caution, ...] = ()
    confidence: float = 0.95
    draws: int | None = None
    seed: int | None = None
    permutations: int | None = None
    confused: tuple[ConfusedPair, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AgreementRow:
    """One result; the fields in the order they are printed."""

    source: str
    criterion: str | None
    slice: dict[str, str | None] | None
    coefficient: str
    level: str
    weights: str | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_method: str | None
    se: float | None
    n_units: int
    n_raters: int | None
    n_ratings: int
    n_pairable: int
    undefined_reason: str | None
    beside: Beside = field(default=Beside(), compare=False)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The fields of a record, in order."""
        return tuple(each.name for each in fields(cls) if each.name != "beside")

    def record(self) -> dict[str, Any]:
        """Exactly the fields that other programs rely on."""
        return {name: getattr(self, name) for name in self.names()}


def row_of(
    estimate: Estimate,
    level: Level,
    source: str,
    criterion: str | None,
    label: dict[str, str | None] | None,
    confused: tuple[ConfusedPair, ...] = (),
) -> AgreementRow:
    return AgreementRow(
        source=source,
        criterion=criterion,
        slice=label,
        coefficient=estimate.coefficient,
        level=level.value,
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
        beside=Beside(
            cautions=estimate.warnings,
            confidence=estimate.confidence,
            draws=estimate.draws,
            seed=estimate.seed,
            confused=confused,
        ),
    )
