"""Agreement by slice: models, languages, lengths, batches, vendors, whatever items carry."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.models import Round
from reliability.selectors.judgments import slice_key
from reliability.services.figures import CriterionFigures, Figure, SliceFamily, SliceRow
from reliability.views.addresses import judgments_url
from reliability.views.drawing import Axis, Plot, agreement_axis, plot
from reliability.views.phrases import with_interval
from reliability.wording import brief, number, probability

# Names that the report itself gives; keys of the items stand for themselves.
NAMES = {
    "model": gettext_lazy("model"),
    "batch": gettext_lazy("batch"),
    "vendor": gettext_lazy("vendor"),
    "length": gettext_lazy("length"),
}
LEAST_ITEMS = (20, 50, 100, 200)
SIGNIFICANT = 0.05
# A longer address is refused by servers on the way.
LONGEST_LINKED = 300


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks of the section: one family (or "" for all), and a least size."""

    by: str
    least: int


@dataclass(frozen=True, slots=True)
class SliceView:
    """A row as it is shown. `is_few`: nothing is told but that it is small."""

    row: SliceRow
    plot: Plot
    url: str
    is_few: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class FamilyView:
    family: SliceFamily
    label: str
    axis: Axis
    rows: tuple[SliceView, ...]
    verdict: str
    n_few: int

    @property
    def is_told(self) -> bool:
        return self.n_few < len(self.rows)


def family_label(family: SliceFamily) -> str:
    """Items may carry a key of a name that the report gives too: that one says whose it is."""
    if family.source in NAMES:
        return str(NAMES[family.source])
    if family.name in NAMES:
        return _("%(name)s (as the items say)") % {"name": family.name}
    return family.name


def family_key(family: SliceFamily) -> str:
    return slice_key(family.name, family.source)


def filter_from(query: QueryDict, criterion: CriterionFigures) -> Filter:
    """What can't be read in the address is as good as not asked."""
    by = query.get("by", "")
    if by not in map(family_key, criterion.slices):
        by = ""
    least = query.get("min", "")
    return Filter(by, int(least) if least in map(str, LEAST_ITEMS) else LEAST_ITEMS[0])


def slice_url(round_: Round, criterion: str, family: SliceFamily, row: SliceRow) -> str:
    if len(row.value) > LONGEST_LINKED:
        return judgments_url(round_, criterion)
    return judgments_url(round_, criterion, by=family_key(family), slice=row.value)


def families_shown(
    round_: Round, criterion: CriterionFigures, asked: Filter
) -> tuple[FamilyView, ...]:
    shown = [each for each in criterion.slices if asked.by in ("", family_key(each))]
    return tuple(_family(round_, criterion, each, asked.least) for each in shown)


def is_few(row: SliceRow, least: int) -> bool:
    return row.is_suppressed or row.n_items < least


def _family(
    round_: Round, criterion: CriterionFigures, family: SliceFamily, least: int
) -> FamilyView:
    told = [row for row in family.rows if not is_few(row, least)]
    whole = criterion.figure("krippendorff_alpha")
    axis = agreement_axis(
        (row.figure.ci_low for row in told if row.figure),
        reference=whole.estimate if whole else None,
    )
    rows = tuple(_row(round_, criterion.key, family, row, axis, least) for row in family.rows)
    return FamilyView(
        family=family,
        label=family_label(family),
        axis=axis,
        rows=rows,
        verdict=_verdict(family) if told else _too_small(len(rows), least),
        n_few=len(rows) - len(told),
    )


def _row(
    round_: Round, criterion: str, family: SliceFamily, row: SliceRow, axis: Axis, least: int
) -> SliceView:
    url = slice_url(round_, criterion, family, row)
    few = is_few(row, least)
    found = row.difference
    differs = found is not None and found.p_adjusted is not None
    return SliceView(
        row=row,
        plot=figure_plot(axis, None if few else row.figure, row.value, url),
        url=url,
        is_few=few,
        differs=differs and found is not None and (found.p_adjusted or 0) < SIGNIFICANT,
    )


def figure_plot(axis: Axis, figure: Figure | None, label: str, url: str) -> Plot:
    if figure is None:
        return Plot(axis)
    return plot(
        axis,
        figure.estimate,
        (figure.ci_low, figure.ci_high),
        label=_("%(name)s: %(figure)s. Show the judgments.")
        % {"name": brief(label), "figure": with_interval(figure)},
        url=url,
    )


def _verdict(family: SliceFamily) -> str:
    """Whether the values differ at all, before anybody reads one of them."""
    found = family.heterogeneity
    if found is None:
        return ""
    words = {"q": number(found.q), "df": found.df, "p": probability(found.p_value)}
    if found.p_value < SIGNIFICANT:
        return (
            _("Agreement differs between them by more than chance (Q %(q)s, df %(df)s, p %(p)s).")
            % words
        )
    return _("No sign that agreement differs between them (Q %(q)s, df %(df)s, p %(p)s).") % words


def _too_small(n: int, least: int) -> str:
    return ngettext(
        "Its value has fewer than %(least)s items: only counts are told.",
        "Each of its %(n)s values has fewer than %(least)s items: only counts are told.",
        n,
    ) % {"n": n, "least": least}


def slices_line(families: Sequence[FamilyView]) -> str:
    """How much is held back, over all that is shown."""
    n = sum(each.n_few for each in families)
    if not n:
        return ""
    return ngettext(
        "%(n)s value is too small to be told.", "%(n)s values are too small to be told.", n
    ) % {"n": n}
