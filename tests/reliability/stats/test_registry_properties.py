"""What must hold for every registered coefficient, on any design."""

import inspect
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reliability.stats
from reliability.stats import (
    COEFFICIENTS,
    Estimate,
    Interval,
    Level,
    Patterns,
    Ratings,
    coefficient,
    krippendorff_alpha,
    weight_matrix,
)
from reliability.stats.inference import IntervalMethod

pytestmark = pytest.mark.pure
DOCS = Path(__file__).resolve().parents[3] / "docs/statistics.md"
NAMES = sorted(COEFFICIENTS)
SYMMETRIC = sorted(name for name, entry in COEFFICIENTS.items() if entry.is_symmetric)
MEANS_OF_PAIRS = {"light_kappa", "pearson", "spearman", "kendall_tau", "lin_ccc"}
Cells = dict[tuple[int, int], int]

quiet = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def designs(draw: st.DrawFn, *, n_raters: int | None = None, gaps: bool = True) -> Cells:
    """Cells of a units x raters table with values 1 to 4, any pattern of gaps."""
    n_units = draw(st.integers(1, 9))
    raters = draw(st.integers(2, 4)) if n_raters is None else n_raters
    values = st.integers(0 if gaps else 1, 4)
    drawn = draw(st.lists(values, min_size=n_units * raters, max_size=n_units * raters))
    cells = {(at // raters, at % raters): value for at, value in enumerate(drawn)}
    return {place: value for place, value in cells.items() if value}


def level_of(name: str) -> Level:
    """A level at which the coefficient means something."""
    levels = COEFFICIENTS[name].levels
    return Level.INTERVAL if Level.INTERVAL in levels else Level.NOMINAL


def ratings(cells: Cells, name: str, level: Level | None = None) -> Ratings:
    units, raters = [u for u, _ in cells], [r for _, r in cells]
    return Ratings.from_long(
        units, raters, list(cells.values()), level=level or level_of(name), categories=[1, 2, 3, 4]
    )


def same(first: Estimate, second: Estimate, *, rounding: float = 1e-9) -> bool:
    if first.undefined != second.undefined:
        return False
    pairs = ((first.value, second.value), (first.se, second.se))
    return all(
        (a is None and b is None)
        or math.isclose(a or 0, b or 0, rel_tol=rounding, abs_tol=rounding)
        for a, b in pairs
    )


@pytest.mark.parametrize("name", NAMES)
@given(cells=designs())
@quiet
def test_result_is_a_finite_value_or_a_reason(name: str, cells: Cells) -> None:
    estimate = coefficient(name, ratings(cells, name))
    assert (estimate.value is None) != (estimate.undefined is None)
    assert estimate.n_ratings == len(cells)
    for figure in (estimate.value, estimate.se, estimate.ci_low, estimate.ci_high):
        assert figure is None or math.isfinite(figure)
    if estimate.value is not None:
        assert estimate.value <= 1 + 1e-9
    if estimate.ci_low is not None and estimate.ci_high is not None:
        assert estimate.ci_low - 1e-9 <= (estimate.value or 0) <= estimate.ci_high + 1e-9


@pytest.mark.parametrize("name", NAMES)
@given(cells=designs(), seed=st.integers(0, 2**16))
@quiet
def test_order_of_rows_units_and_raters_is_irrelevant(name: str, cells: Cells, seed: int) -> None:
    rng = np.random.default_rng(seed)
    units, raters = rng.permutation(9), rng.permutation(4)
    places = list(cells)
    rng.shuffle(places)
    moved = {(int(units[u]), int(raters[r])): cells[(u, r)] for u, r in places}
    assert same(coefficient(name, ratings(cells, name)), coefficient(name, ratings(moved, name)))


@pytest.mark.parametrize("name", SYMMETRIC)
@given(cells=designs(gaps=False), seed=st.integers(0, 2**16))
@quiet
def test_who_gave_which_rating_is_irrelevant_where_declared(
    name: str, cells: Cells, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n_raters = 1 + max(r for _, r in cells)
    turns = {u: int(rng.integers(n_raters)) for u, _ in cells}
    moved = {(u, (r + turns[u]) % n_raters): value for (u, r), value in cells.items()}
    assert same(coefficient(name, ratings(cells, name)), coefficient(name, ratings(moved, name)))


@pytest.mark.parametrize("name", [n for n in NAMES if Level.NOMINAL in COEFFICIENTS[n].levels])
@given(cells=designs(), names=st.permutations([1, 2, 3, 4]))
@quiet
def test_names_of_nominal_points_are_irrelevant(name: str, cells: Cells, names: list[int]) -> None:
    renamed = {place: names[value - 1] for place, value in cells.items()}
    first = coefficient(name, ratings(cells, name, Level.NOMINAL))
    assert same(first, coefficient(name, ratings(renamed, name, Level.NOMINAL)))


@pytest.mark.parametrize("name", NAMES)
@given(values=st.lists(st.integers(1, 4), min_size=2, max_size=9), n_raters=st.integers(2, 4))
@quiet
def test_perfect_agreement_is_one_when_defined(name: str, values: list[int], n_raters: int) -> None:
    if COEFFICIENTS[name].n_raters == 2:
        n_raters = 2
    cells = {(u, r): value for u, value in enumerate(values) for r in range(n_raters)}
    estimate = coefficient(name, ratings(cells, name))
    if len(set(values)) > 1:
        assert estimate.undefined is None or estimate.undefined == "too_few_units"
    if estimate.value is not None:
        assert estimate.value == pytest.approx(1.0)
        if estimate.ci_method is not None:
            assert "degenerate_interval" in estimate.warnings


@pytest.mark.parametrize("name", NAMES)
@given(cells=designs())
@quiet
def test_repeating_every_unit_keeps_large_sample_values(name: str, cells: Cells) -> None:
    """Doubling the study moves only what corrects for its size."""
    corrected = name == "krippendorff_alpha" or name.startswith(("icc", "kendall_w"))
    doubled = cells | {(u + 100, r): value for (u, r), value in cells.items()}
    first, second = (coefficient(name, ratings(each, name)) for each in (cells, doubled))
    if not corrected and first.value is not None:
        assert second.value == pytest.approx(first.value)


def naive_agreement(cells: Cells, weights: np.ndarray) -> float | None:
    """Mean over units of the mean weight over ordered pairs of ratings."""
    units: dict[int, list[int]] = {}
    for (unit, _), value in cells.items():
        units.setdefault(unit, []).append(value)
    shares = [
        np.mean([weights[a - 1, b - 1] for a, b in combinations(values, 2)])
        for values in units.values()
        if len(values) > 1
    ]
    return float(np.mean(shares)) if shares else None


def naive_alpha(cells: Cells) -> float | None:
    """Nominal alpha by going through every pair of ratings."""
    units: dict[int, list[int]] = {}
    for (unit, _), value in cells.items():
        units.setdefault(unit, []).append(value)
    paired = [values for values in units.values() if len(values) > 1]
    everything = [value for values in paired for value in values]
    n = len(everything)
    observed = sum(
        (a != b) * 2 / (len(values) - 1) for values in paired for a, b in combinations(values, 2)
    )
    expected = sum(a != b for a, b in combinations(everything, 2)) * 2
    return None if expected == 0 else 1 - (n - 1) * observed / expected


def naive_conger_chance(cells: Cells) -> float:
    """Mean over ordered rater pairs of the chance that their choices are equal."""
    raters = sorted({r for _, r in cells})
    shares = []
    for rater in raters:
        own = [value for (_, r), value in cells.items() if r == rater]
        shares.append(np.bincount(own, minlength=5) / len(own))
    return float(np.mean([a @ b for a, b in combinations(shares, 2)]))


@given(cells=designs())
@quiet
def test_percent_agreement_equals_a_naive_loop(cells: Cells) -> None:
    for weights in ("identity", "linear", "quadratic", "ordinal", "radical"):
        matrix = weight_matrix(weights, (1, 2, 3, 4))
        found = coefficient("percent_agreement", ratings(cells, "pearson"), weights=weights)
        expected = naive_agreement(cells, matrix)
        assert found.value == (None if expected is None else pytest.approx(expected))


@given(cells=designs())
@quiet
def test_alpha_equals_a_naive_loop(cells: Cells) -> None:
    found = coefficient("krippendorff_alpha", ratings(cells, "", Level.NOMINAL)).value
    expected = naive_alpha(cells)
    assert found == (None if expected is None else pytest.approx(expected))


@given(cells=designs())
@quiet
def test_conger_equals_a_naive_loop(cells: Cells) -> None:
    found = coefficient("conger_kappa", ratings(cells, "", Level.NOMINAL))
    if found.value is not None:
        p_o, p_e = naive_agreement(cells, np.eye(4)), naive_conger_chance(cells)
        assert p_o is not None
        assert found.value == pytest.approx((p_o - p_e) / (1 - p_e))


@given(cells=designs(n_raters=2, gaps=False))
@quiet
def test_conger_and_light_of_two_raters_are_cohen(cells: Cells) -> None:
    both = ratings(cells, "", Level.NOMINAL)
    cohen = coefficient("cohen_kappa", both).value
    for name in ("conger_kappa", "light_kappa"):
        found = coefficient(name, both).value
        assert (found is None) == (cohen is None)
        assert found is None or found == pytest.approx(cohen)


@pytest.mark.parametrize("name", NAMES)
@given(cells=designs())
@quiet
def test_jackknife_equals_leaving_units_out_one_by_one(name: str, cells: Cells) -> None:
    whole = ratings(cells, name)
    estimate = coefficient(name, whole)
    if estimate.ci_method != "jackknife_t" or name in MEANS_OF_PAIRS | {"kendall_w"}:
        return
    without = [
        coefficient(name, whole.without_unit(unit), interval=Interval(IntervalMethod.NONE))
        for unit in range(whole.n_units)
        if name != "krippendorff_alpha" or whole.ratings_per_unit[unit] > 1
    ]
    if COEFFICIENTS[name].n_raters == 2:
        shared = whole.ratings_per_unit > 1
        without = [each for each, kept in zip(without, shared, strict=True) if kept]
    values = np.array([np.nan if each.value is None else each.value for each in without])
    if not np.isfinite(values).all():
        return  # a rater vanished with the unit: the sums keep the scale, the rows do not
    n = len(values)
    se = math.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())
    assert estimate.se == pytest.approx(se, rel=1e-7, abs=1e-7)


@given(cells=designs())
@quiet
def test_pattern_form_equals_raw_form(cells: Cells) -> None:
    """One row a unit, and distinct rows with frequencies, are the same data."""
    whole = ratings(cells, "", Level.ORDINAL)
    raw = np.zeros((whole.n_units, 4))
    np.add.at(raw, (whole.units, whole.values), 1)
    rows = Patterns(raw, np.ones(len(raw)), (1, 2, 3, 4), Level.ORDINAL)
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        first, second = (krippendorff_alpha(each, metric) for each in (rows, whole.patterns()))
        assert same(first, second)


def test_every_coefficient_is_documented() -> None:
    text = DOCS.read_text()
    missing = [name for name in NAMES if f"`{name}`" not in text]
    assert not missing


# Functions of ratings, comparisons or texts that are no coefficient of the registry.
UNREGISTERED = (
    "agreement_on_each_point",
    "bland_altman",
    "bradley_terry",
    "character_alpha",
    "confused_points",
    "dawid_skene",
    "fleiss_cuzick_kappa",
    "item_difficulty",
    "kappa_diagnostics",
    "kappa_of_each_point",
    "max_kappa",
    "preference_agreement",
    "preference_kappa",
    "self_agreement",
    "span_f1",
    "unitizing_alpha",
)


@pytest.mark.parametrize("name", UNREGISTERED)
def test_every_other_function_is_exported_documented_sourced_and_tested(name: str) -> None:
    function = getattr(reliability.stats, name)
    assert f"`{name}`" in DOCS.read_text()
    assert "References\n" in (function.__doc__ or "") or name == "max_kappa"
    tests = Path(__file__).resolve().parents[2]
    folders = (tests / "conformance", Path(__file__).resolve().parent)
    own = {Path(__file__).name, "test_bad_input.py"}
    used = [path for each in folders for path in each.glob("test_*.py") if path.name not in own]
    assert any(f"{name}(" in path.read_text() for path in used)


@pytest.mark.parametrize("name", NAMES)
@given(cells=designs(gaps=False), hole=st.integers(0, 35))
@quiet
def test_losing_a_rating_never_adds_evidence(name: str, cells: Cells, hole: int) -> None:
    """Missingness is monotone: never more units, ratings or pairs."""
    lost = dict(cells)
    lost.pop(list(cells)[hole % len(cells)])
    whole, less = (coefficient(name, ratings(each, name)) for each in (cells, lost))
    assert less.n_ratings == whole.n_ratings - 1
    assert less.n_pairable <= whole.n_pairable
    assert less.n_units <= whole.n_units


def test_every_coefficient_is_held_to_independent_figures() -> None:
    folder = Path(__file__).resolve().parents[2] / "conformance"
    text = "\n".join(path.read_text() for path in folder.glob("*.py"))
    # Named in a conformance test; PABAK and pooled agreement are below.
    here = inspect.getsource(
        inspect.getmodule(test_every_coefficient_is_held_to_independent_figures)
    )  # type: ignore[arg-type]
    missing = [name for name in NAMES if name not in text and f'"{name}"' not in here]
    assert not missing


@given(cells=designs())
@quiet
def test_pabak_is_unweighted_brennan_prediger(cells: Cells) -> None:
    whole = ratings(cells, "", Level.NOMINAL)
    first, second = (coefficient(name, whole) for name in ("pabak", "brennan_prediger"))
    assert same(first, second)


def test_public_names_are_exported_once() -> None:
    assert len(set(reliability.stats.__all__)) == len(reliability.stats.__all__)
    assert all(hasattr(reliability.stats, name) for name in reliability.stats.__all__)
