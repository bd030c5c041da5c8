"""Coefficients that value-count patterns alone decide, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from numpy.typing import ArrayLike

from .agreement import percent_agreement
from .alpha import krippendorff_alpha
from .data import Patterns
from .errors import UnknownNameError
from .inference import DEFAULT_INTERVAL, Interval
from .multirater import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, pabak
from .results import Estimate

_UNWEIGHTED: dict[str, Callable[..., Estimate]] = {
    "krippendorff_alpha": krippendorff_alpha,
    "gwet_ac1": gwet_ac1,
    "pabak": pabak,
}
_WEIGHTED: dict[str, Callable[..., Estimate]] = {
    "percent_agreement": percent_agreement,
    "percent_agreement_pooled": partial(percent_agreement, pooled=True),
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac2": gwet_ac2,
    "brennan_prediger": brennan_prediger,
}
PATTERN_COEFFICIENTS = frozenset({*_UNWEIGHTED, *_WEIGHTED})


def coefficient_of_patterns(
    name: str,
    patterns: Patterns,
    *,
    weights: str | ArrayLike | None = None,
    interval: Interval = DEFAULT_INTERVAL,
) -> Estimate:
    """The named coefficient of counts that a database has aggregated.

    Parameters
    ----------
    name : str
        One of `PATTERN_COEFFICIENTS`.
    weights : str or array_like, optional
        As for `coefficient`; alpha takes its metric from the level.

    Raises
    ------
    UnknownNameError
        No coefficient of that name rests on patterns alone.

    Examples
    --------
    >>> patterns = Patterns([[2, 0], [1, 1]], [3, 1], points=("no", "yes"))
    >>> coefficient_of_patterns("percent_agreement", patterns).value
    0.75
    """
    if name not in PATTERN_COEFFICIENTS:
        raise UnknownNameError(f"no coefficient of patterns is called {name!r}")
    if name in _UNWEIGHTED:
        return _UNWEIGHTED[name](patterns, interval=interval)
    given: dict[str, Any] = {} if weights is None else {"weights": weights}
    return _WEIGHTED[name](patterns, interval=interval, **given)
