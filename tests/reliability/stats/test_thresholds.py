"""Words from the literature and their probabilities."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reliability.stats import (
    READINGS,
    Estimate,
    StatisticsError,
    Undefined,
    reading,
    reading_probabilities,
)

pytestmark = pytest.mark.pure


def estimate(value: float, se: float | None, name: str = "gwet_ac1") -> Estimate:
    return Estimate(coefficient=name, value=value, se=se)


def test_gwet_prints_these_probabilities() -> None:
    """AC1 .775 with standard error .143: cumulative .397, .883, .995; hence moderate."""
    found = reading_probabilities(estimate(0.775, 0.143))
    assert [one.cumulative for one in found[:3]] == pytest.approx([0.397, 0.883, 0.995], abs=2e-3)
    assert [one.word for one in found[:3]] == ["almost perfect", "substantial", "moderate"]
    assert reading(estimate(0.775, 0.143)).word == "moderate"


@given(
    st.floats(-1, 1), st.floats(1e-3, 0.5), st.sampled_from(sorted(READINGS)), st.floats(0.5, 0.999)
)
def test_probabilities_share_out_one(value: float, se: float, scale: str, certainty: float) -> None:
    found = reading_probabilities(estimate(value, se), scale)
    assert sum(one.probability for one in found) == pytest.approx(1)
    assert all(one.probability >= 0 for one in found)
    assert found[-1].cumulative == pytest.approx(1)
    assert (found[0].high, found[-1].low) == (1, -1)
    assert all(upper.low == lower.high for upper, lower in pairwise(found))
    chosen = reading(estimate(value, se), scale, certainty=certainty)
    assert chosen.cumulative >= certainty - 1e-9
    better = found[: found.index(chosen)]
    assert all(one.cumulative < certainty for one in better)


def test_probabilities_equal_those_of_draws() -> None:
    draws = stats.norm.rvs(0.7, 0.2, size=400_000, random_state=1)
    draws = draws[np.abs(draws) <= 1]
    for one in reading_probabilities(estimate(0.7, 0.2), "cicchetti"):
        share = ((draws > one.low) & (draws <= one.high)).mean()
        assert one.probability == pytest.approx(share, abs=4e-3)


def test_small_error_reads_the_word_of_the_value() -> None:
    words = {0.85: "reliable", 0.7: "tentative", 0.5: "not reliable"}
    for value, word in words.items():
        assert reading(estimate(value, 1e-4), "krippendorff").word == word


def test_no_word_without_an_error_or_for_observed_agreement() -> None:
    for one in (
        estimate(0.8, None),
        estimate(1.0, 0.0),
        estimate(0.9, 0.01, "percent_agreement"),
        Estimate(coefficient="pabak", undefined=Undefined.NO_DATA),
    ):
        assert reading_probabilities(one) == []
        assert reading(one) is None


def test_every_scale_names_its_source_and_descends() -> None:
    for scale in READINGS.values():
        lows = [low for _, low in scale.levels]
        assert lows == sorted(lows, reverse=True)
        assert len({word for word, _ in scale.levels}) == len(lows)
        assert any(year in scale.source for year in ("19", "20"))


def test_unknown_scale_is_refused() -> None:
    with pytest.raises(StatisticsError):
        reading_probabilities(estimate(0.5, 0.1), "stars")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("value", "se", "word"), [(-1.7, 0.01, "poor"), (1.7, 0.01, "almost perfect")]
)
def test_a_value_far_outside_is_the_nearest_word(value: float, se: float, word: str) -> None:
    found = reading_probabilities(estimate(value, se, "icc_2_k"))
    assert [one.word for one in found if one.probability == 1] == [word]
    assert sum(one.probability for one in found) == 1


def test_a_value_below_the_scale_keeps_its_small_probabilities() -> None:
    """Eight standard errors out, where the chances of lying below are all 1 to a float."""
    below = reading_probabilities(estimate(-1.4, 0.05), "regier")
    assert [one.word for one in below if one.probability > 0.5] == ["unacceptable"]
    edges = np.array([0.2, -1]) + 1.4
    reached = stats.norm.sf(edges[0] / 0.05) / stats.norm.sf(edges[1] / 0.05)
    assert below[-2].cumulative == pytest.approx(reached, rel=1e-9, abs=0)
