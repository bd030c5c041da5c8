"""Agreement over time: periods of a round, by when an item's last rating came."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from annotation.models import Round
from reliability.services.figures import CriterionFigures, Period
from reliability.views.addresses import judgments_url
from reliability.views.drawing import TARGETS, Curve, CurvePoint, agreement_axis, curve
from reliability.views.phrases import with_interval


@dataclass(frozen=True, slots=True)
class PeriodView:
    period: Period
    start: date
    end: date
    url: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`curve` is None where fewer than two periods have a figure."""

    rows: tuple[PeriodView, ...]
    curve: Curve | None


def trend_of(round_: Round, criterion: CriterionFigures) -> Trend:
    rows = tuple(_period(round_, criterion.key, each) for each in criterion.periods)
    points = [point for row in rows if (point := _point(row)) is not None]
    if len(points) < 2:
        return Trend(rows, None)
    axis = agreement_axis(point.low for point in points)
    across = [(float(row.start.toordinal()), day(row.start)) for row in rows]
    return Trend(rows, curve(points, across=across, upright=axis, targets=TARGETS))


def _period(round_: Round, criterion: str, period: Period) -> PeriodView:
    url = judgments_url(round_, criterion, since=period.start, until=period.end)
    return PeriodView(period, date.fromisoformat(period.start), date.fromisoformat(period.end), url)


def day(when: date) -> str:
    return date_format(when, "j M")


def _point(row: PeriodView) -> CurvePoint | None:
    figure = row.period.figure
    if figure.estimate is None:
        return None
    label = _("From %(start)s: alpha %(figure)s. Show the judgments.") % {
        "start": day(row.start),
        "figure": with_interval(figure),
    }
    x = float(row.start.toordinal())
    return CurvePoint(x, figure.estimate, figure.ci_low, figure.ci_high, label, row.url)
