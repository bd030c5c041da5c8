"""Coefficients as the textbooks write them.

Each takes distinct rows of counts (items by points) and gives the coefficient as a function of
how often each row occurs, so that items can be left out by counting their rows less often.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .data import Floats, Integers, Scale

Formula = Callable[[Floats], float]
Chance = Callable[[Floats], float]

SET_METRICS = ("masi", "jaccard")


# -- Krippendorff's alpha


def distances(metric: str, scale: Scale, totals: Floats) -> Floats:
    """Squared differences; the ordinal one depends on how often points occur."""
    x = scale.numbers
    if metric == "ordinal":
        x = np.cumsum(totals) - totals / 2
        return np.asarray((x[:, None] - x) ** 2)
    if metric == "interval":
        return np.asarray((x[:, None] - x) ** 2)
    if metric == "ratio":
        sums = x[:, None] + x
        return np.asarray(((x[:, None] - x) / np.where(sums == 0, 1, sums)) ** 2)
    if metric in SET_METRICS:
        return np.array([[set_distance(metric, a, b) for b in scale.points] for a in scale.points])
    return 1 - np.eye(len(x))


def set_distance(metric: str, a: frozenset[str], b: frozenset[str]) -> float:
    """Passonneau (2006): one minus Jaccard, times 1, 2/3, 1/3 or 0 for how the sets lie."""
    if not a | b:
        return 0.0
    jaccard = len(a & b) / len(a | b)
    if metric == "jaccard":
        return 1 - jaccard
    lie = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if a & b else 0.0
    return 1 - jaccard * lie


def alpha(rows: Floats, scale: Scale, metric: str) -> Formula:
    """One minus observed over expected disagreement; rows hold two ratings or more."""

    def inside(d: Floats) -> Floats:
        return np.asarray(((rows @ d) * rows).sum(axis=1) / (rows.sum(axis=1) - 1))

    d = distances(metric, scale, np.zeros(rows.shape[1]))
    observed = inside(d)

    def of(frequencies: Floats) -> float:
        totals, n = frequencies @ rows, float(frequencies @ rows.sum(axis=1))
        own = distances(metric, scale, totals) if metric == "ordinal" else d
        within = inside(own) if metric == "ordinal" else observed
        expected = float(totals @ own @ totals)
        return 1 - (n - 1) * float(frequencies @ within) / expected if expected else math.nan

    return of


# -- agreement, and what remains of it after chance


def weight_matrix(name: str, scale: Scale) -> Floats:
    """Credit for a pair of points, one on the diagonal (Gwet 2014, chapter 3).

    "tie_credit": the points are the first response, a tie and the second, so a tie beside a
    decision earns a half, as with linear weights.
    """
    x = scale.numbers
    apart = np.abs(x[:, None] - x)
    if name == "identity" or len(x) < 2:
        return np.eye(len(x))
    if name == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(len(x)), np.arange(len(x)))) + 1
        pairs = steps * (steps - 1) / 2
        return np.asarray(1 - pairs / pairs.max())
    if name == "ratio":
        sums = x[:, None] + x
        relative = (apart / np.where(sums == 0, 1, sums)) ** 2
        return np.asarray(1 - relative / ((x.max() - x.min()) / (x.max() + x.min())) ** 2)
    return np.asarray(1 - (apart / apart.max()) ** (2 if name == "quadratic" else 1))


def pair_sums(rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Agreeing ordered rater pairs of each row, and all of them."""
    n = rows.sum(axis=1)
    return (rows * (rows @ weights - np.diag(weights))).sum(axis=1), n * (n - 1)


def agreement(rows: Floats, weights: Floats) -> Formula:
    """Mean over items with two ratings or more of the share of agreeing rater pairs."""
    agreeing, pairs = pair_sums(rows, weights)
    compared = (pairs > 0).astype(float)
    shares = compared * agreeing / np.maximum(pairs, 1)

    def of(frequencies: Floats) -> float:
        total = float(frequencies @ compared)
        return float(frequencies @ shares) / total if total else math.nan

    return of


def pooled_agreement(rows: Floats, weights: Floats) -> Formula:
    """Every rater pair counts the same."""
    agreeing, pairs = pair_sums(rows, weights)

    def of(frequencies: Floats) -> float:
        total = float(frequencies @ pairs)
        return float(frequencies @ agreeing) / total if total else math.nan

    return of


def corrected(rows: Floats, weights: Floats, chance: Chance) -> Formula:
    """(p_o - p_e) / (1 - p_e), chance from the mean use of the points."""
    observed, shares = agreement(rows, weights), rows / rows.sum(axis=1)[:, None]

    def of(frequencies: Floats) -> float:
        expected = chance(frequencies @ shares / frequencies.sum())
        return (observed(frequencies) - expected) / (1 - expected) if expected != 1 else math.nan

    return of


def fleiss_chance(weights: Floats) -> Chance:
    return lambda shares: float(shares @ weights @ shares)


def gwet_chance(weights: Floats) -> Chance:
    """Gwet (2008): guessing on items that are hard to rate."""
    q = len(weights)
    return lambda shares: float(weights.sum() / (q * (q - 1)) * (shares * (1 - shares)).sum())


def uniform_chance(weights: Floats) -> Chance:
    return lambda shares: float(weights.sum() / len(weights) ** 2)


# -- two raters


def kappa(cells: Integers, disagreement: Floats) -> Formula:
    """Cohen's kappa of a table given as its cells, (row, column)."""
    apart = disagreement[tuple(cells.T)]

    def of(frequencies: Floats) -> float:
        share = frequencies / frequencies.sum()
        first, second = np.zeros(len(disagreement)), np.zeros(len(disagreement))
        np.add.at(first, cells[:, 0], share)
        np.add.at(second, cells[:, 1], share)
        expected = float(first @ disagreement @ second)
        return 1 - float(share @ apart) / expected if expected else math.nan

    return of


def conger_kappa(observed: float, by_rater: list[Floats]) -> float:
    """Chance is Cohen's, averaged over rater pairs; each rater's own use of the points."""
    shares = np.array([counts / counts.sum() for counts in by_rater])
    r, total = len(shares), shares.sum(axis=0)
    expected = float(total @ total - (shares * shares).sum()) / (r * (r - 1))
    return (observed - expected) / (1 - expected) if expected != 1 else math.nan


# -- numbers, where everybody rated every item


def intraclass(table: Floats, *, of_mean: bool) -> float:
    """ICC(2,1) and ICC(2,k) by analysis of variance (Shrout and Fleiss 1979)."""
    n, k = table.shape
    centre = table.mean()
    items = k * float(((table.mean(axis=1) - centre) ** 2).sum()) / (n - 1)
    raters = n * float(((table.mean(axis=0) - centre) ** 2).sum()) / (k - 1)
    total = float(((table - centre) ** 2).sum())
    left = (total - items * (n - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    severity = (raters - left) / n
    below = items + severity if of_mean else items + (k - 1) * left + k * severity
    return float((items - left) / below) if below else math.nan
