"""Alpha with an interval from arrays in memory: against one pass that counts, and a peer.

    python -m benchmarks.agreement_speed

Ordinal values 1 to 5, a fifth of the ratings missing. Everything is timed on the same arrays in
one run. Quote the ratios: seconds depend on the machine, and on who else is using it.

- "counted": NumPy alone adds up one number a unit, whose digits are its counts, and counts those.
- "ours": patterns from the matrix, alpha, and a percentile interval of 1,000 resamples of units.
- "peer": `krippendorff.alpha` on resampled units, the fastest of a few draws times 1,000.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import krippendorff
import numpy as np
from numpy.typing import NDArray

from reliability.stats import Interval, IntervalMethod, Patterns, Ratings, krippendorff_alpha

Codes = NDArray[np.int8]

POINTS = (1, 2, 3, 4, 5)
DESIGNS = ((1_000, 3), (100_000, 5), (1_000_000, 3), (1_000_000, 20))
GROWTH = (100_000, 1_000_000, 10_000_000)
DRAWS = 1_000
PEER_DRAWS = 3
REPEATS = 5
BOOTSTRAP = Interval(IntervalMethod.BOOTSTRAP_PERCENTILE, draws=DRAWS, seed=1)


def study(n_units: int, n_raters: int) -> Codes:
    """shape (n_units, n_raters): places on the scale, -1 where nobody rated."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, len(POINTS), (n_units, 1), dtype=np.int8)
    noise = rng.integers(-1, 2, (n_units, n_raters), dtype=np.int8)
    codes: Codes = np.clip(truth + noise, 0, len(POINTS) - 1)
    codes[rng.random(codes.shape) < 0.2] = -1
    return codes


def counted(codes: Codes) -> NDArray[np.int64]:
    """The floor: units by pattern, in plain NumPy."""
    worth = np.append((codes.shape[1] + 1) ** np.arange(len(POINTS)), 0)
    keys = np.zeros(len(codes), dtype=np.int64)
    for column in codes.T:
        keys += worth[column]  # -1 takes the last entry, which is worth nothing
    return np.bincount(keys)


def ours(codes: Codes, interval: Interval) -> float:
    patterns = Patterns.from_matrix(codes, points=POINTS, level="ordinal")
    value = krippendorff_alpha(patterns, interval=interval).value
    assert value is not None
    return value


def from_long(columns: tuple[NDArray[np.int64], ...], n_raters: int) -> float:
    """As `ours`, with the jackknife, from unit, rater and value codes of each rating."""
    labels = range(n_raters)
    ratings = Ratings.from_codes(*columns, rater_labels=labels, points=POINTS, level="ordinal")
    value = krippendorff_alpha(ratings.patterns()).value
    assert value is not None
    return value


def peer(values: NDArray[np.float64]) -> float:
    found = krippendorff.alpha(values, level_of_measurement="ordinal", value_domain=list(POINTS))
    return float(found)


def peer_draw(values: NDArray[np.float64]) -> float:
    n_units = values.shape[1]
    return peer(values[:, np.random.default_rng(1).integers(0, n_units, n_units)])


def best[T](call: Callable[[], T], repeats: int = REPEATS) -> tuple[float, T]:
    """(seconds of the fastest of a few runs, result)."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def against_the_floor() -> None:
    columns = "counted   ours, jackknife   ours, 1000 draws   floors   peer, 1000"
    print(f"units x raters      {columns}     ratio")
    for n_units, n_raters in DESIGNS:
        codes = study(n_units, n_raters)
        floor, _ = best(partial(counted, codes))
        jackknife, first = best(partial(ours, codes, Interval()))
        whole, _ = best(partial(ours, codes, BOOTSTRAP))
        values = np.where(codes < 0, np.nan, codes + 1.0).T
        assert abs(first - peer(values)) < 1e-9
        loop = best(partial(peer_draw, values), PEER_DRAWS)[0] * DRAWS
        print(
            f"{n_units:>9} x {n_raters:<2} {floor:10.4f} s {jackknife:15.4f} s {whole:16.4f} s"
            f" {whole / floor:8.2f} {loop:10.1f} s {loop / whole:9,.0f}"
        )


def growth() -> None:
    print("\nratings in long form   seconds   nanoseconds a rating")
    for n_ratings in GROWTH:
        codes = study(n_ratings // 4, 5)
        units, raters = np.nonzero(codes >= 0)
        columns = (units, raters, codes[units, raters].astype(np.int64))
        seconds, _ = best(partial(from_long, columns, 5), repeats=3)
        print(f"{len(units):>20} {seconds:9.4f} {1e9 * seconds / len(units):22.1f}")


def main() -> None:
    against_the_floor()
    growth()


if __name__ == "__main__":
    main()
