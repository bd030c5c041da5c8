"""Alpha with its interval from arrays in memory, against the krippendorff package's point alone.

    python -m benchmarks.agreement_speed

Ordinal values 1 to 5, a fifth of the ratings missing; both read the same arrays in one run. The
ratio is what to quote: seconds depend on the machine.
"""

import time
from collections.abc import Callable
from functools import partial

import krippendorff
import numpy as np
from numpy.typing import NDArray

from reliability.stats import Interval, IntervalMethod, Ratings, krippendorff_alpha

POINTS = (1, 2, 3, 4, 5)
DESIGNS = ((1_000, 3), (100_000, 5), (1_000_000, 3))
REPEATS = 3
DRAWS = Interval(IntervalMethod.BOOTSTRAP_PERCENTILE, draws=1000, seed=1)


def study(n_units: int, n_raters: int) -> NDArray[np.float64]:
    """shape (n_raters, n_units): values, NaN where nobody rated."""
    rng = np.random.default_rng(1)
    truth = rng.integers(1, 6, n_units)
    noise = rng.integers(-1, 2, (n_raters, n_units))
    values = np.clip(truth + noise, 1, 5).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    return values


def ours(values: NDArray[np.float64], interval: Interval) -> float:
    raters, units = np.nonzero(~np.isnan(values))
    points = values[raters, units].astype(np.int64) - 1
    ratings = Ratings.from_codes(
        units,
        raters,
        points,
        rater_labels=range(len(values)),
        points=POINTS,
        level="ordinal",
    )
    value = krippendorff_alpha(ratings.patterns(), metric="ordinal", interval=interval).value
    assert value is not None
    return value


def theirs(values: NDArray[np.float64]) -> float:
    found = krippendorff.alpha(values, level_of_measurement="ordinal", value_domain=list(POINTS))
    return float(found)


def best(call: Callable[[], float]) -> tuple[float, float]:
    """(seconds of the fastest of a few runs, result)."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def main() -> None:
    print("units x raters   ours, jackknife   ours, 1000 draws   krippendorff, point   ratio")
    for n_units, n_raters in DESIGNS:
        values = study(n_units, n_raters)
        jackknife, first = best(partial(ours, values, Interval()))
        bootstrap, _ = best(partial(ours, values, DRAWS))
        peer, second = best(partial(theirs, values))
        assert abs(first - second) < 1e-9
        print(
            f"{n_units:>9} x {n_raters}   {jackknife:13.4f} s   {bootstrap:14.4f} s"
            f"   {peer:17.4f} s   {peer / jackknife:5.1f}"
        )


if __name__ == "__main__":
    main()
