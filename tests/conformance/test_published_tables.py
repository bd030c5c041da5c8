"""Tables typed in from the literature, so that the suite proves something by itself."""

from typing import Any

import numpy as np
import pytest

from reliability.stats import (
    Interval,
    PairTable,
    Patterns,
    Ratings,
    alpha_of_ratings,
    coefficient,
    cohen_kappa,
    fleiss_cuzick_kappa,
    fleiss_kappa,
    gwet_ac1,
    icc,
    krippendorff_alpha,
    scott_pi,
)

pytestmark = pytest.mark.pure
GAP = None

# K. Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C:
# four observers (rows), twelve units.
KRIPPENDORFF_C = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
    [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
]

# P. E. Shrout, J. L. Fleiss (1979), Psychological Bulletin 86(2), table 2: six
# targets (rows), four judges.
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]

# J. L. Fleiss (1971), Psychological Bulletin 76(5), table 1: thirty patients,
# six psychiatrists; how many chose each of five diagnoses.
FLEISS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006
10050 11040 03300 10050 02031 00501 30012 51000 02040 10203
00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""


def long_form(rows: list[list[Any]], *, level: str) -> Ratings:
    """Ratings of a raters x units table."""
    cells = [(u, r, v) for r, row in enumerate(rows) for u, v in enumerate(row) if v is not GAP]
    units, raters, values = zip(*cells, strict=True)
    return Ratings.from_long(units, raters, values, level=level)


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_equals_krippendorff_2011_example_c(level: str, published: float) -> None:
    alpha = alpha_of_ratings(long_form(KRIPPENDORFF_C, level=level))
    assert round(alpha.value or 0, 3) == published
    assert (alpha.n_units, alpha.n_raters, alpha.n_ratings, alpha.n_pairable) == (11, 4, 41, 40)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("icc_1_1", 0.17),
        ("icc_2_1", 0.29),
        ("icc_3_1", 0.71),
        ("icc_1_k", 0.44),
        ("icc_2_k", 0.62),
        ("icc_3_k", 0.91),
    ],
)
def test_icc_equals_shrout_and_fleiss_1979(name: str, published: float) -> None:
    columns = [list(column) for column in zip(*SHROUT_FLEISS, strict=True)]
    assert round(icc(name, long_form(columns, level="interval")).value or 0, 2) == published


def test_kappa_equals_cohen_1960() -> None:
    """J. Cohen (1960), Educational and Psychological Measurement 20(1), p. 45: .49."""
    table = PairTable(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), ("1", "2", "3"))
    assert round(cohen_kappa(table).value or 0, 3) == 0.492


def test_weighted_kappa_equals_cohen_1968() -> None:
    """J. Cohen (1968), Psychological Bulletin 70(4), table 1: weighted kappa .348."""
    table = PairTable(np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]]), ("1", "2", "3"))
    disagreement = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    assert round(cohen_kappa(table, 1 - disagreement).value or 0, 3) == 0.348


def test_kappa_and_pi_equal_artstein_and_poesio_2008() -> None:
    """R. Artstein, M. Poesio (2008), Computational Linguistics 34(4), table 1."""
    table = PairTable(np.array([[20, 20], [10, 50]]), ("stat", "ireq"))
    kappa, pi = cohen_kappa(table), scott_pi(table)
    assert (round(kappa.value or 0, 3), round(pi.value or 0, 3)) == (0.348, 0.341)
    assert kappa.term("p_o") == pytest.approx(0.7)


def test_gwet_equals_the_paradox_example_of_2008() -> None:
    """K. L. Gwet (2008), British Journal of Mathematical and Statistical Psychology 61(1).

    A table with 118 of 125 units agreed on "+": kappa near 0, AC1 near .94.
    """
    table = PairTable(np.array([[118, 5], [2, 0]]), ("+", "-"))
    kappa, ac1 = cohen_kappa(table), gwet_ac1(table.patterns())
    assert (round(kappa.value or 0, 3), round(ac1.value or 0, 2)) == (-0.023, 0.94)
    assert "high_agreement_low_kappa" in kappa.warnings


def test_both_kappas_for_unequal_numbers_of_ratings() -> None:
    """J. L. Fleiss, B. Levin, M. C. Paik (2003), table 18.7: .54 by mean squares.

    With as many ratings on every unit the two forms are one.
    """
    ratings = np.array([int(digit) for digit in "2234343524534422324534332"])
    positive = np.array([int(digit) for digit in "2023310004534302111420032"])
    uneven = Patterns(np.column_stack([positive, ratings - positive]), np.ones(25), ("+", "-"))
    assert round(fleiss_cuzick_kappa(uneven).value or 0, 4) == 0.5415
    assert round(fleiss_kappa(uneven).value or 0, 4) == 0.5620
    counts = np.array([[int(digit) for digit in row] for row in FLEISS.split()])
    even = Patterns(counts, np.ones(30), tuple("abcde"))
    assert fleiss_cuzick_kappa(even).value == pytest.approx(fleiss_kappa(even).value)


def test_fleiss_equals_fleiss_1971() -> None:
    """Kappa .430 over all diagnoses."""
    counts = np.array([[int(digit) for digit in row] for row in FLEISS.split()])
    assert (counts.sum(axis=1) == 6).all()
    assert round(fleiss_kappa(Patterns(counts, np.ones(30), tuple("abcde"))).value or 0, 2) == 0.43


def test_alpha_of_binary_data_equals_krippendorff_2011_example_a() -> None:
    """Two observers, ten units: .095; perfect opposites reach 1 - 2(n-1)/n."""
    patterns = Patterns(np.array([[2, 0], [1, 1], [0, 2]]), np.array([5, 4, 1]), (0, 1))
    assert round(krippendorff_alpha(patterns).value or 0, 3) == 0.095
    opposite = Patterns(np.array([[1, 1]]), np.array([4]), (0, 1))
    assert krippendorff_alpha(opposite).value == pytest.approx(1 - 2 * 7 / 8)


def test_default_interval_is_the_jackknife_with_t() -> None:
    alpha = alpha_of_ratings(long_form(KRIPPENDORFF_C, level="nominal"))
    assert alpha.ci_method == "jackknife_t"
    assert alpha.se == pytest.approx(0.1463266522)
    # 2.2281 is the 97.5 % point of t with ten degrees of freedom.
    assert alpha.ci_low == pytest.approx(0.7434210526 - 2.2281388520 * 0.1463266522)
    assert alpha.ci_high == 1.0


def test_seeded_bootstrap_names_its_draws_and_repeats() -> None:
    ratings = long_form(KRIPPENDORFF_C, level="nominal")
    interval = Interval("bootstrap_percentile", draws=500, seed=9)
    first, second = (alpha_of_ratings(ratings, interval=interval) for _ in range(2))
    assert first == second
    assert (first.ci_method, first.draws, first.seed) == ("bootstrap_percentile", 500, 9)
    other = Interval("bootstrap_percentile", draws=500, seed=10)
    assert coefficient("krippendorff_alpha", ratings, interval=other).ci_low != first.ci_low
