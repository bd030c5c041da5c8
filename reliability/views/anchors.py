"""Which points of a scale raters agree on, and which two they confuse."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Round
from reliability.services.figures import AnchorFigure, CellShare, ConfusedAnchors, CriterionFigures
from reliability.views.addresses import judgments_url
from reliability.views.drawing import Axis, Plot, shade, share_axis
from reliability.views.families import figure_plot
from reliability.views.phrases import distinct, n_items, point
from reliability.wording import brief

# More points than this and a matrix is a page of its own.
MOST_POINTS = 20


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell of a heat map: `text` with `note` below; `label` says it all; `shade` 0 to 9."""

    text: str
    note: str
    label: str
    url: str
    shade: int
    is_diagonal: bool = False


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Squares of names by names; None where there is nothing to tell."""

    names: tuple[tuple[str, str], ...]
    rows: tuple[tuple[tuple[str, str], tuple[HeatCell | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class AnchorView:
    figure: AnchorFigure
    label: str
    plot: Plot
    url: str
    n_ratings: int
    share: float | None


@dataclass(frozen=True, slots=True)
class ConfusedView:
    pair: ConfusedAnchors
    labels: str
    url: str


@dataclass(frozen=True, slots=True)
class Anchors:
    """The section of a criterion's page."""

    heat: HeatMap | None
    confused: tuple[ConfusedView, ...]
    axis: Axis
    rows: tuple[AnchorView, ...]


def anchors_of(round_: Round, criterion: CriterionFigures) -> Anchors:
    axis = share_axis()
    return Anchors(
        heat=_heat(round_, criterion),
        confused=tuple(
            ConfusedView(
                each,
                _labels(each),
                judgments_url(round_, criterion.key, values=each.values),
            )
            for each in criterion.confused
        ),
        axis=axis,
        rows=tuple(_anchor(round_, criterion, each, axis) for each in criterion.anchors),
    )


def _labels(pair: ConfusedAnchors) -> str:
    found = [distinct(label, value) for label, value in zip(pair.labels, pair.values, strict=True)]
    return " / ".join(brief(label) for label in found if label)


def _anchor(
    round_: Round, criterion: CriterionFigures, anchor: AnchorFigure, axis: Axis
) -> AnchorView:
    url = judgments_url(round_, criterion.key, values=(anchor.value,), compared="1")
    given = next((each for each in criterion.distribution if each.value == anchor.value), None)
    return AnchorView(
        figure=anchor,
        label=distinct(anchor.label, anchor.value),
        plot=figure_plot(axis, anchor.figure, point(anchor.value), url),
        url=url,
        n_ratings=given.n if given else 0,
        share=given.share if given else None,
    )


def _heat(round_: Round, criterion: CriterionFigures) -> HeatMap | None:
    """Rater pairs by the two points they gave; the diagonal is where they agree."""
    points = criterion.points
    if not criterion.matrix or not 1 < len(points) <= MOST_POINTS:
        return None
    cells = {(cell.row, cell.column): cell for cell in criterion.matrix}
    worst = max((c.n_pairs for c in criterion.matrix if c.row != c.column), default=0)
    labels = criterion.labels or ("",) * len(points)
    names = tuple((point(p), distinct(label, p)) for p, label in zip(points, labels, strict=True))
    rows = []
    for i, row_name in enumerate(names):
        row = tuple(
            _cell(round_, criterion, cells.get((min(i, j), max(i, j))), (i, j), worst)
            for j in range(len(points))
        )
        rows.append((row_name, row))
    return HeatMap(names, tuple(rows))


def _cell(
    round_: Round,
    criterion: CriterionFigures,
    cell: CellShare | None,
    place: tuple[int, int],
    worst: int,
) -> HeatCell | None:
    if cell is None or not cell.n_pairs:
        return None
    first, second = (criterion.points[at] for at in place)
    agrees = place[0] == place[1]
    return HeatCell(
        text=str(cell.n_pairs),
        note="",
        label=_said(first, second, cell),
        url=judgments_url(round_, criterion.key, values=(first, second)),
        shade=0 if agrees else shade(cell.n_pairs / worst),
        is_diagonal=agrees,
    )


def _said(first: Any, second: Any, cell: CellShare) -> str:
    pairs = ngettext("%(n)s rater pair", "%(n)s rater pairs", cell.n_pairs) % {"n": cell.n_pairs}
    words = {
        "first": brief(point(first)),
        "second": brief(point(second)),
        "pairs": pairs,
        "items": n_items(cell.n_items),
    }
    if cell.row == cell.column:
        return _("%(first)s by both: %(pairs)s, %(items)s") % words
    return _("%(first)s and %(second)s: %(pairs)s, %(items)s") % words
