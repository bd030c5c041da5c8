"""What `--weights` means for alpha, whose distance otherwise follows from the level."""

from pathlib import Path

import pytest

from reliability.stats import Patterns, krippendorff_alpha, weight_matrix
from tests.reliability.calling import rows_of, run

pytestmark = pytest.mark.pure
POINTS = (1, 2, 3, 4)
PAIRS = [(1, 1), (1, 2), (2, 2), (2, 4), (3, 3), (3, 4), (4, 4), (4, 1)]


@pytest.fixture
def ordered(tmp_path: Path) -> str:
    rows = [
        f"q{n},{rater},{value}"
        for n, pair in enumerate(PAIRS)
        for rater, value in zip("ab", pair, strict=True)
    ]
    path = tmp_path / "ordered.csv"
    path.write_text("\n".join(["item_id,rater_id,value", *rows]))
    return str(path)


def weighted(weights: str) -> float | None:
    counts = [[pair.count(point) for point in POINTS] for pair in PAIRS]
    patterns = Patterns(counts, [1] * len(PAIRS), POINTS)
    return krippendorff_alpha(patterns, 1 - weight_matrix(weights, POINTS)).value


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic", "ordinal"])
def test_alpha_asked_for_alone_takes_the_weights_as_its_distance(
    ordered: str, weights: str
) -> None:
    found = rows_of(ordered, "--coefficient", "krippendorff_alpha", "--weights", weights)
    assert [row["weights"] for row in found] == [weights]
    assert found[0]["estimate"] == pytest.approx(weighted(weights), abs=1e-12)


def test_alpha_beside_kappas_keeps_the_distance_of_its_level(ordered: str) -> None:
    names = "krippendorff_alpha,cohen_kappa"
    found = rows_of(ordered, "--coefficient", names, "--weights", "linear", "--level", "ordinal")
    plain = rows_of(ordered, "--coefficient", "krippendorff_alpha", "--level", "ordinal")
    assert [row["weights"] for row in found] == [None, "linear"]
    assert found[0]["estimate"] == plain[0]["estimate"]


def test_distances_of_sets_are_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sets.csv"
    path.write_text(
        "item_id,rater_id,value\n"
        'q1,a,"[""x"",""y""]"\nq1,b,"[""x""]"\nq2,a,"[""y""]"\nq2,b,"[""y"",""z""]"\n'
        'q3,a,"[""z""]"\nq3,b,"[""z""]"\n'
    )
    call = [str(path), "--level", "set", "--coefficient", "krippendorff_alpha"]
    both = rows_of(*call, "--weights", "masi,jaccard")
    assert [row["weights"] for row in both] == ["masi", "jaccard"]
    # Pairs inside items lie .5 apart on two of three; each of the 30 pairs of all values counts
    # for the expectation.
    sets = [set("xy"), set("x"), set("y"), set("yz"), set("z"), set("z")]
    apart = [1 - len(a & b) / len(a | b) for i, a in enumerate(sets) for b in sets[:i]]
    observed, expected = (0.5 + 0.5 + 0) / 3, sum(apart) / len(apart)
    assert both[1]["estimate"] == pytest.approx(1 - observed / expected, abs=1e-12)
    assert both[0]["estimate"] == rows_of(*call)[0]["estimate"]


def test_distance_of_sets_with_other_coefficients_is_wrong_usage(ordered: str) -> None:
    assert run(ordered, "--weights", "masi").returncode == 2
