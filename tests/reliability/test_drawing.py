"""Where marks stand: percentages as text, inside the drawing, in any language."""

import pytest
from django.utils.translation import override

from reliability.views.drawing import (
    CurvePoint,
    agreement_axis,
    curve,
    nice_axis,
    plot,
    shade,
    short,
)

pytestmark = pytest.mark.pure


def test_coefficients_lie_between_zero_and_one_with_their_targets() -> None:
    axis = agreement_axis([0.2, None, 0.9])
    assert [tick.label for tick in axis.ticks] == ["0", ".5", ".667", ".8", "1"]
    assert axis.lines == ("66.70%", "80.00%")
    assert axis.place(0.5) == "50.00%"


def test_axis_reaches_down_to_the_lowest_interval_but_never_below_minus_one() -> None:
    assert agreement_axis([-0.31]).low == pytest.approx(-0.4)
    assert agreement_axis([-7.0]).low == -1.0
    assert [tick.label for tick in agreement_axis([-0.31]).ticks] == ["−.4", "0", ".8", "1"]


def test_marks_never_leave_the_drawing() -> None:
    found = plot(agreement_axis([0.0]), 1.3, (-5.0, 2.0), label="", url="")
    assert (found.low, found.at, found.high) == ("0.00%", "100.00%", "100.00%")


def test_row_without_a_figure_keeps_the_axis_and_nothing_else() -> None:
    empty = plot(agreement_axis([]), None, (None, None), label="", url="").svg
    assert "<a" not in empty
    assert empty.count("plot-target") == 2


def test_names_cannot_write_into_the_drawing() -> None:
    found = plot(agreement_axis([]), 0.5, (0.4, 0.6), label='"><script>', url='/?a="b"&c').svg
    assert "<script>" not in found
    assert 'href="/?a=&quot;b&quot;&amp;c"' in found


@pytest.mark.parametrize("language", ["en", "de"])
def test_places_have_a_point_in_every_language(language: str) -> None:
    with override(language):
        assert agreement_axis([]).place(0.125) == "12.50%"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([-0.8, 0.4], ["−1", "−.5", "0", ".5"]),
        ([0.0, 0.0], ["−.5", "0", ".5"]),
        ([3.0, 3.0], ["2", "3", "4"]),
        ([0, 130], ["0", "50", "100", "150"]),
    ],
)
def test_other_axes_have_round_limits(values: list[float], labels: list[str]) -> None:
    assert [tick.label for tick in nice_axis(values).ticks] == labels


def test_curve_draws_its_band_there_and_back() -> None:
    points = [CurvePoint(0, 0.5, 0.25, 0.75, "a"), CurvePoint(10, 1.0, 0.5, 1.0, "b")]
    drawn = curve(points, across=[(0, "0"), (10, "10")], upright=agreement_axis([]))
    assert drawn.line == "0.00,50.00 100.00,0.00"
    assert drawn.band == "0.00,25.00 100.00,0.00 100.00,50.00 0.00,75.00"
    assert [(mark.x, mark.y) for mark in drawn.marks] == [
        ("0.00%", "50.00%"),
        ("100.00%", "0.00%"),
    ]


def test_labels_that_would_touch_are_left_out() -> None:
    points = [CurvePoint(x, 0.5, None, None, "") for x in range(100)]
    across = [(float(x), str(x)) for x in range(100)]
    labels = [
        tick.label for tick in curve(points, across=across, upright=agreement_axis([])).across
    ]
    assert labels[0] == "0"
    assert labels[-1] == "99"
    assert len(labels) <= 6


def test_shades_keep_the_least_and_the_most_apart_from_nothing() -> None:
    assert [shade(share) for share in (-0.3, 0.0, 0.001, 0.5, 1.0, 1.2)] == [0, 0, 1, 5, 9, 9]


def test_labels_are_written_as_figures_are() -> None:
    assert [short(v) for v in (0.0, 0.5, -0.25, 1.0, 120.0)] == ["0", ".5", "−.25", "1", "120"]
