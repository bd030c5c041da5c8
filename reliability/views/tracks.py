"""Several rounds side by side: each criterion's alpha, its change, and the pooled figure."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.csv_files import Line
from accounts.models import Project
from reliability.services.project_figures import (
    CriterionTrack,
    ProjectFigures,
    RoundColumn,
    TrackCell,
)
from reliability.views.drawing import Axis, Plot, agreement_axis
from reliability.views.families import figure_plot
from reliability.views.phrases import is_clear
from reliability.wording import interval, number

MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class CellView:
    """A criterion in one round. `url` is its page there."""

    column: RoundColumn
    cell: TrackCell
    plot: Plot
    url: str
    is_change_clear: bool


@dataclass(frozen=True, slots=True)
class TrackView:
    track: CriterionTrack
    rows: tuple[CellView, ...]
    axis: Axis
    pooled: Plot
    verdict: str

    @property
    def told(self) -> tuple[CellView, ...]:
        """The rounds that have a figure of the criterion."""
        return tuple(row for row in self.rows if row.cell.figure is not None)


def tracks_of(project: Project, figures: ProjectFigures) -> tuple[TrackView, ...]:
    """Criteria that some round has a figure of: free text has none anywhere."""
    tracks = (_track(project, figures, each) for each in figures.criteria)
    return tuple(each for each in tracks if each.told)


def _track(project: Project, figures: ProjectFigures, track: CriterionTrack) -> TrackView:
    known = [cell.figure for cell in track.cells if cell.figure is not None]
    pooled = [track.pooled] if track.pooled is not None else []
    axis = agreement_axis(figure.ci_low for figure in (*known, *pooled))
    columns = {column.public_id: column for column in figures.rounds}
    return TrackView(
        track=track,
        rows=tuple(
            _cell(project, columns[cell.round], track.key, cell, axis) for cell in track.cells
        ),
        axis=axis,
        pooled=figure_plot(axis, track.pooled, _("pooled"), _together(project, track)),
        verdict=_verdict(track, columns),
    )


def _together(project: Project, track: CriterionTrack) -> str:
    """The page of exactly the rounds that were pooled."""
    query = urlencode([("round", each) for each in track.pooled_rounds])
    return f"{reverse('reliability:project', kwargs={'project': project.slug})}?{query}"


def _cell(project: Project, column: RoundColumn, key: str, cell: TrackCell, axis: Axis) -> CellView:
    place = {"project": project.slug, "round": column.public_id, "criterion": key}
    url = reverse("reliability:criterion", kwargs=place)
    judgments = reverse(
        "reliability:judgments", kwargs={"project": project.slug, "round": column.public_id}
    )
    mark = f"{judgments}?{urlencode({'criterion': key})}"
    return CellView(
        column=column,
        cell=cell,
        plot=figure_plot(axis, cell.figure, column.name, mark),
        url=url,
        is_change_clear=is_clear(cell.change),
    )


def _verdict(track: CriterionTrack, columns: dict[str, RoundColumn]) -> str:
    """What the last change was, in words; nothing where there was none."""
    changed = [cell for cell in track.cells if cell.change is not None]
    if not changed or changed[-1].change is None:
        return ""
    last, change = changed[-1], changed[-1].change
    words = {"round": columns[last.round].name}
    if change.value is None or change.ci_low is None or change.ci_high is None:
        return _("Whether it changed in “%(round)s” can’t be told.") % words
    if not is_clear(change):
        return _("No clear change in “%(round)s”: the interval of the change holds zero.") % words
    words["by"] = number(abs(change.value))
    words["interval"] = interval(*sorted((abs(change.ci_low), abs(change.ci_high))))
    rose = _("Alpha rose by %(by)s (95%% interval %(interval)s) in “%(round)s”.")
    fell = _("Alpha fell by %(by)s (95%% interval %(interval)s) in “%(round)s”.")
    said = (rose if change.value > 0 else fell) % words
    return f"{said} {_('Its rubric version was new.')}" if last.is_new_version else said


HEADER = (
    "criterion", "round", "rubric", "is_new_version", "n_items",
    "estimate", "ci_low", "ci_high", "change", "change_low", "change_high", "is_paired",
)  # fmt: skip


def lines_of(figures: ProjectFigures) -> Iterator[Line]:
    """The page's tables as one file; the pooled figure has no round."""
    columns = {column.public_id: column for column in figures.rounds}
    for track in figures.criteria:
        yield from ([track.key, *_of_cell(columns[each.round], each)] for each in track.cells)
        if track.pooled is not None:
            pooled = track.pooled
            interval = [pooled.estimate, pooled.ci_low, pooled.ci_high]
            versions = "; ".join(track.pooled_versions)
            yield [track.key, _("pooled"), versions, "", pooled.n_units, *interval]


def _of_cell(column: RoundColumn, cell: TrackCell) -> Line:
    figure, change = cell.figure, cell.change
    told = [figure.estimate, figure.ci_low, figure.ci_high] if figure else [None] * 3
    moved = [change.value, change.ci_low, change.ci_high] if change else [None] * 3
    n_items = figure.n_units if figure else None
    place = [column.name, column.rubric, cell.is_new_version, n_items]
    return [*place, *told, *moved, cell.is_paired]
