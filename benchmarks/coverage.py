"""Whether intervals hold what they promise: coverage of the nominal 95 % over simulated studies.

    python -m benchmarks.coverage

Units have a hidden truth, raters differ in how well (nominal) or how severely (ordinal, interval)
they see it, and each unit is rated by some of them at random. The true value follows from the
model, not from a sample. Studies are simulated as counts of patterns, many at once. The tables are
Markdown, as printed in docs/statistics.md.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from reliability.stats import (
    COEFFICIENTS,
    Interval,
    IntervalMethod,
    Level,
    Patterns,
    Ratings,
    coefficient,
    krippendorff_alpha,
)
from reliability.stats.inference import NO_INTERVAL, SumsRequest
from reliability.stats.resampling import acceleration, bca_limits, draws_of, percentile_limits

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DEFAULT = "jackknife_t"
ANALYTIC = ("jackknife_log", "linearized_t")
METHODS = (DEFAULT, *ANALYTIC, "bootstrap_percentile", "bootstrap_bca", "kalpha_pairs")
# Resampling costs ten times the rest, so only every fourth study is resampled.
RESAMPLED_EVERY = 4
# Coverage that counts as kept; outside it the default has to warn.
LOW, HIGH = 0.93, 0.97
# Ratings simulated at once.
_BLOCK = 3_000_000


@dataclass(frozen=True)
class Design:
    """A study to be simulated again and again.

    `shares` are how often each point is true; `overlap` raters of `n_raters`
    rate each unit (the fewest and the most, drawn evenly); `value` is the true
    alpha.
    """

    n_units: int
    n_raters: int
    overlap: tuple[int, int]
    level: Level
    shares: tuple[float, ...]
    value: float

    @property
    def raters(self) -> str:
        low, high = self.overlap
        overlap = str(low) if low == high else f"{low} to {high}"
        return f"{overlap} of {self.n_raters}"

    @property
    def label(self) -> str:
        most = f"{max(self.shares):.0%}"
        cells = (self.level.value, len(self.shares), most, self.n_units, self.raters, self.value)
        return " | ".join(map(str, cells))

    @cached_property
    def model(self) -> "Model":
        """The model whose true alpha is the design's."""

        def excess(quality: float) -> float:
            return self._model(quality).alpha(self.level) - self.value

        return self._model(float(optimize.brentq(excess, 0.02, 0.9999, xtol=1e-10)))

    def _model(self, quality: float) -> "Model":
        shares, spread = np.array(self.shares), np.linspace(-1, 1, self.n_raters)
        if self.level is Level.NOMINAL:
            return Model.of_guesses(shares, quality + 0.1 * min(quality, 1 - quality) * spread)
        return Model.of_thresholds(shares, quality, 0.2 * np.sqrt(1 - quality) * spread)


@dataclass(frozen=True, eq=False)
class Model:
    """Hidden classes of units with their weights, and what each rater makes of them.

    `chosen` has the probability of each point by rater and class.
    """

    weights: FloatArray
    chosen: FloatArray

    @classmethod
    def of_guesses(cls, shares: FloatArray, knows: FloatArray) -> "Model":
        """Each rater sees the true point with an own probability, and guesses otherwise."""
        truth = np.eye(len(shares))
        return cls(shares, np.stack([c * truth + (1 - c) * shares for c in knows]))

    @classmethod
    def of_thresholds(cls, shares: FloatArray, quality: float, shifts: FloatArray) -> "Model":
        """A normal truth, seen with normal error and an own severity, cut into points."""
        nodes = stats.norm.ppf((np.arange(200) + 0.5) / 200)
        cuts = stats.norm.ppf(np.cumsum(shares)[:-1])
        seen = (cuts[:, None] - np.sqrt(quality) * nodes) / np.sqrt(1 - quality)
        below = stats.norm.cdf(seen[None] + shifts[:, None, None] / np.sqrt(1 - quality))
        edges = np.concatenate([0 * below[:, :1], below, 0 * below[:, :1] + 1], axis=1)
        return cls(np.full(200, 1 / 200), np.diff(edges, axis=1).transpose(0, 2, 1))

    def alpha(self, level: Level) -> float:
        """Krippendorff's alpha of infinitely many units."""
        sums = self.chosen.sum(axis=0)
        crossed = np.einsum("t,tk,tl->kl", self.weights, sums, sums)
        crossed -= np.einsum("t,rtk,rtl->kl", self.weights, self.chosen, self.chosen)
        share = np.einsum("t,tk->k", self.weights, sums) / len(self.chosen)
        points = np.arange(float(len(share)))
        place = np.cumsum(share) - share / 2 if level is Level.ORDINAL else points
        distance = (place[:, None] - place) ** 2
        if level is Level.NOMINAL:
            distance = 1 - np.eye(len(share))
        observed = (crossed * distance).sum() / crossed.sum()
        return float(1 - observed / (share @ distance @ share))

    def ratings(
        self, rng: np.random.Generator, n_units: int, overlap: tuple[int, int]
    ) -> tuple[IntArray, IntArray]:
        """Raters and the points they choose, shape (n_units, most); point -1 is no rating."""
        low, high = overlap
        truth = rng.choice(len(self.weights), size=n_units, p=self.weights)
        keys = rng.random((n_units, len(self.chosen)), dtype=np.float32)
        raters = np.argsort(keys, axis=1)[:, :high]
        edges = np.cumsum(self.chosen, axis=2)[..., :-1]
        points = (rng.random((n_units, high, 1)) > edges[raters, truth[:, None]]).sum(axis=2)
        left_out = np.arange(high) >= rng.integers(low, high + 1, size=(n_units, 1))
        return raters, np.where(left_out, -1, points)


def studies(design: Design, n_studies: int, rng: np.random.Generator) -> Iterator[Patterns]:
    """Simulated studies as counts of patterns."""
    q, high = len(design.shares), design.overlap[1]
    step = max(1, _BLOCK // (design.n_units * max(design.n_raters, high * q)))
    for start in range(0, n_studies, step):
        size = min(step, n_studies - start)
        _, points = design.model.ratings(rng, size * design.n_units, design.overlap)
        place = (high + 1) ** np.arange(q)
        keys = np.where(points < 0, 0, place[points]).sum(axis=1)
        distinct, codes = np.unique(keys, return_inverse=True)
        counts = (distinct[:, None] // place % (high + 1)).astype(np.float64)
        study = np.repeat(np.arange(size), design.n_units)
        cells = np.bincount(study * len(distinct) + codes.ravel(), minlength=size * len(distinct))
        for frequencies in cells.reshape(size, -1):
            yield Patterns(
                counts,
                frequencies.astype(np.float64),
                tuple(range(q)),
                design.level,
                n_raters=design.n_raters,
            )


@dataclass
class Tally:
    """What became of the studies of one design."""

    truth: float
    n_defined: int = 0
    n_warned: int = 0
    covered: dict[str, list[bool]] = field(default_factory=dict)
    widths: dict[str, list[float]] = field(default_factory=dict)

    def add(self, method: str, low: float | None, high: float | None) -> None:
        """One interval more; a study without one is not counted."""
        if low is not None and high is not None:
            self.covered.setdefault(method, []).append(low <= self.truth <= high)
            self.widths.setdefault(method, []).append(high - low)

    def coverage(self, method: str) -> float:
        return float(np.mean(self.covered.get(method, [False])))

    def width(self, method: str) -> float:
        return float(np.mean(self.widths.get(method, [np.nan])))

    @property
    def warned(self) -> float:
        return self.n_warned / max(1, self.n_defined)

    @property
    def keeps(self) -> bool:
        """Whether the default covers what it promises."""
        return LOW <= self.coverage(DEFAULT) <= HIGH


def tally_of(design: Design, n_studies: int, draws: int, rng: np.random.Generator) -> Tally:
    """Every interval of alpha in every study of a design."""
    tally = Tally(design.value)
    for seed, patterns in enumerate(studies(design, n_studies, rng)):
        estimate = krippendorff_alpha(patterns)
        if estimate.value is None:
            continue
        tally.n_defined += 1
        tally.n_warned += bool(estimate.warnings)
        tally.add(DEFAULT, estimate.ci_low, estimate.ci_high)
        resampled = seed % RESAMPLED_EVERY == 0
        for method in ANALYTIC + ("kalpha_pairs",) * resampled:
            interval = Interval(IntervalMethod(method), draws=draws, seed=seed)
            found = krippendorff_alpha(patterns, interval=interval)
            tally.add(method, found.ci_low, found.ci_high)
        if resampled:
            _add_bootstraps(tally, patterns, estimate.value, draws, seed)
    return tally


def _add_bootstraps(tally: Tally, patterns: Patterns, value: float, draws: int, seed: int) -> None:
    """Both bootstraps from the same draws, to save half of them."""
    request = SumsRequest()
    krippendorff_alpha(patterns, interval=request)
    sums, _ = request.found[0]
    values = draws_of(sums, draws, seed)
    values = values[np.isfinite(values)]
    if sums.frequencies.sum() < 2 or len(values) < 2:
        return
    plain = percentile_limits(values, 0.95)
    left_out = sums.leave_one_out()
    changes = -left_out if np.isfinite(left_out).all() else sums.influence()
    corrected = bca_limits(values, value, acceleration(sums, changes), 0.95)
    tally.add("bootstrap_percentile", *plain)
    tally.add("bootstrap_bca", *(corrected or plain))


def other_tally(
    name: str, design: Design, n_studies: int, rng: np.random.Generator
) -> Tally | None:
    """The default interval of another coefficient; its true value from a very large study."""
    truth = coefficient(name, _rated(design, 400_000, rng), interval=NO_INTERVAL).value
    if truth is None:
        return None
    tally = Tally(truth)
    for _ in range(n_studies):
        found = coefficient(name, _rated(design, design.n_units, rng))
        if found.value is not None:
            tally.n_defined += 1
            tally.n_warned += bool(found.warnings)
            tally.add(DEFAULT, found.ci_low, found.ci_high)
    return tally


def _rated(design: Design, n_units: int, rng: np.random.Generator) -> Ratings:
    raters, points = design.model.ratings(rng, n_units, design.overlap)
    units = np.repeat(np.arange(n_units), raters.shape[1])
    return Ratings.from_codes(
        units,
        raters.ravel(),
        points.ravel(),
        rater_labels=range(design.n_raters),
        points=range(len(design.shares)),
        level=design.level,
    )


def designs() -> tuple[Design, ...]:
    """Few to many units, even to extreme shares, low to high agreement, few to many raters."""
    even, skewed, extreme = (0.5, 0.5), (0.8, 0.2), (0.95, 0.05)
    three, five = (0.5, 0.3, 0.2), (0.1, 0.2, 0.4, 0.2, 0.1)
    top = (0.02, 0.03, 0.05, 0.2, 0.7)
    nominal, ordinal, interval = Level.NOMINAL, Level.ORDINAL, Level.INTERVAL
    plan = (
        *((n, 3, (3, 3), nominal, even, 0.5) for n in (30, 100, 1000)),
        *((n, 6, (2, 2), nominal, even, 0.8) for n in (30, 100, 300, 1000)),
        *((n, 3, (3, 3), nominal, skewed, 0.5) for n in (30, 100, 300)),
        *((n, 20, (2, 5), nominal, three, 0.2) for n in (30, 100, 300)),
        *((n, 20, (2, 5), nominal, three, 0.8) for n in (30, 100, 1000)),
        *((n, 5, (3, 3), nominal, extreme, 0.5) for n in (30, 100, 300, 1000)),
        *((n, 5, (3, 3), nominal, extreme, 0.8) for n in (30, 100, 300, 1000)),
        *((n, 8, (5, 5), nominal, three, 0.95) for n in (30, 100, 300)),
        *((n, 2, (2, 2), ordinal, five, 0.5) for n in (30, 100, 300)),
        *((n, 20, (3, 3), ordinal, five, 0.8) for n in (30, 100)),
        *((n, 8, (2, 5), ordinal, top, 0.5) for n in (30, 100)),
        *((n, 8, (2, 2), ordinal, top, 0.8) for n in (30, 100, 300)),
        *((n, 4, (4, 4), interval, five, 0.2) for n in (30, 100)),
        *((n, 6, (2, 4), interval, five, 0.8) for n in (30, 100)),
        *((n, 8, (3, 3), interval, top, 0.8) for n in (30, 100, 300)),
        *((n, 3, (3, 3), interval, five, 0.95) for n in (30, 100)),
    )
    return tuple(Design(*cells) for cells in plan)


def other_designs() -> tuple[Design, ...]:
    """For the coefficients that tell raters apart, and those of two raters alone."""
    five, level = (0.1, 0.2, 0.4, 0.2, 0.1), Level.INTERVAL
    return (
        Design(50, 2, (2, 2), level, five, 0.6),
        Design(50, 3, (3, 3), level, five, 0.6),
        Design(200, 3, (3, 3), level, five, 0.6),
        Design(200, 6, (2, 4), level, five, 0.6),
    )


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000, help="of each design (%(default)s)")
    parser.add_argument("--draws", type=int, default=500, help="of a bootstrap (%(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="only every n-th design")
    asked = parser.parse_args(argv)
    started = time.process_time()
    tallies = print_alpha(designs()[:: asked.every], asked)
    print_others(other_designs()[:: asked.every], asked)
    outside = [tally for tally in tallies if not tally.keeps]
    error = 100 * np.sqrt(0.95 * 0.05 / asked.studies)
    print(f"\n{asked.studies} studies a row, every {RESAMPLED_EVERY}th of them resampled", end=" ")
    print(f"{asked.draws} times, seed {asked.seed}.")
    print(f"Monte-Carlo standard error of a coverage of 95 %: {error:.1f} points;", end=" ")
    print(f"of a resampled one: {error * RESAMPLED_EVERY**0.5:.1f}.")
    print(f"`{DEFAULT}` within {LOW:.0%} to {HIGH:.0%}: {len(tallies) - len(outside)} of", end=" ")
    print(f"{len(tallies)} designs; share of studies warned in the others:", end=" ")
    print(", ".join(f"{tally.warned:.0%}" for tally in outside) or "none")
    print(f"{time.process_time() - started:.0f} s of one core")


def print_alpha(chosen: tuple[Design, ...], asked: argparse.Namespace) -> list[Tally]:
    """Coverage and mean width of every interval of alpha."""
    print(
        f"| level | points | commonest | units | raters | alpha | {' | '.join(METHODS)} | warned |"
    )
    print("| --- " * (7 + len(METHODS)) + "|")
    tallies = []
    for place, design in enumerate(chosen):
        rng = np.random.default_rng([asked.seed, place])
        tally = tally_of(design, asked.studies, asked.draws, rng)
        tallies.append(tally)
        cells = [f"{100 * tally.coverage(m):.1f} ({tally.width(m):.2f})" for m in METHODS]
        cells[0] = cells[0] if tally.keeps else f"**{cells[0]}**"
        print(f"| {design.label} | {' | '.join(cells)} | {tally.warned:.0%} |", flush=True)
    return tallies


def print_others(chosen: tuple[Design, ...], asked: argparse.Namespace) -> None:
    """Coverage of the default for every registered coefficient."""
    print(f"\n| coefficient | {' | '.join(_short(design) for design in chosen)} |")
    print("| --- " * (1 + len(chosen)) + "|")
    for name, entry in COEFFICIENTS.items():
        cells = []
        for place, design in enumerate(chosen):
            rng = np.random.default_rng([asked.seed, 1000 + place])
            fits = entry.n_raters in {None, design.n_raters} and design.level in entry.levels
            tally = other_tally(name, design, asked.studies // 4, rng) if fits else None
            share = f"{100 * tally.coverage(DEFAULT):.1f}, {tally.warned:.0%}" if tally else "–"
            cells.append(share)
        print(f"| `{name}` | {' | '.join(cells)} |", flush=True)


def _short(design: Design) -> str:
    return f"{design.n_units} units, {design.raters}"


if __name__ == "__main__":
    main()
