"""The part of a report about one criterion: all its figures, and what lies behind them."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.parts import part_label
from reliability.report_files.document import (
    Block,
    Form,
    Section,
    Text,
    labelled,
    lettered,
    limits,
    shown,
    table,
    value_text,
)
from reliability.services.figures import (
    Comparison,
    CriterionFigures,
    Decision,
    Figure,
    ReportFigures,
    SliceFamily,
    SplitFigure,
)
from reliability.wording import (
    CAUTIONS,
    COEFFICIENTS,
    INTERVALS,
    REASONS,
    WEIGHTS,
    parts_note,
    said,
)

Columns = list[tuple[str | Promise, Form]]
FIGURE_COLUMNS: Columns = [
    (gettext_lazy("Value"), Form.FIGURE),
    (gettext_lazy("from"), Form.FIGURE),
    (gettext_lazy("to"), Form.FIGURE),
    (gettext_lazy("Items"), Form.COUNT),
    (gettext_lazy("Note"), Form.TEXT),
]

# Where the values of a slice come from: two slices may have one name.
SOURCES: dict[str, Promise] = {
    "model": gettext_lazy("what produced the responses"),
    "length": gettext_lazy("characters of the responses"),
    "batch": gettext_lazy("delivery"),
    "vendor": gettext_lazy("company that delivered the items"),
    "slice": gettext_lazy("slice of the items"),
    "meta": gettext_lazy("metadata of the items"),
}


def criterion_sections(criterion: CriterionFigures, figures: ReportFigures) -> Iterator[Section]:
    """One part with sub-parts; free text has no figures and so no part."""
    if not criterion.figures:
        return
    yield Section(criterion.key, tuple(_figures(criterion)))
    for title, blocks in (
        (_("Values"), [*_values(criterion), *_confused(criterion)]),
        (_("Slices"), [*_slices(criterion)]),
        (_("Over time"), [*_periods(criterion)]),
        (_("Raters"), [*_pairs(criterion), *_raters(criterion)]),
        (_("More raters, more items"), [*_decision(criterion.decision)]),
        (_("Items"), [*_items(criterion)]),
    ):
        if blocks:
            yield Section(f"{criterion.key}: {title}", tuple(blocks), level=3)


def figure_cells(figure: Figure | None) -> tuple[Any, ...]:
    """Cells for FIGURE_COLUMNS."""
    if figure is None:
        return (None, None, None, None, "")
    return (figure.estimate, figure.ci_low, figure.ci_high, figure.n_units, note_of(figure))


def noted(
    title: str, columns: Columns, rows: Sequence[Sequence[Any]], *, note: str = ""
) -> list[Block]:
    """A table whose last column holds notes; those that repeat are told once, below it."""
    notes, legend = lettered([row[-1] for row in rows])
    told = [(*row[:-1], text) for row, text in zip(rows, notes, strict=True)]
    return table(title, columns, told, note=" ".join(filter(None, (note, legend))))


def note_of(figure: Figure) -> str:
    """Why there is no figure, or what to mind when reading it."""
    if figure.estimate is None:
        return said(REASONS, figure.undefined_reason)
    return "; ".join(said(CAUTIONS, name) for name in figure.warnings)


def _figures(criterion: CriterionFigures) -> Iterator[Block]:
    yield Text(criterion.question)
    if criterion.per:
        n_parts, n_items = criterion.n_items, criterion.n_whole_items
        yield Text(parts_note(criterion.per, n_parts=n_parts, n_items=n_items))
    rows = [
        (
            said(COEFFICIENTS, figure.coefficient),
            said(WEIGHTS, figure.weights),
            *figure_cells(figure)[:3],
            figure.se,
            said(INTERVALS, figure.ci_method),
            figure.n_units,
            figure.n_raters,
            figure.n_ratings,
            note_of(figure),
        )
        for figure in criterion.figures
    ]
    columns: Columns = [
        (_("Figure"), Form.TEXT),
        (_("Weights"), Form.TEXT),
        *FIGURE_COLUMNS[:3],
        (_("SE"), Form.FIGURE),
        (_("Interval"), Form.TEXT),
        (_("Items"), Form.COUNT),
        (_("Raters"), Form.COUNT),
        (_("Ratings"), Form.COUNT),
        (_("Note"), Form.TEXT),
    ]
    yield from noted(_("Figures over all raters"), columns, rows)


def _values(criterion: CriterionFigures) -> Iterator[Block]:
    shares = [(labelled(s.value, s.label), s.n, s.share) for s in criterion.distribution]
    columns: Columns = [
        (_("Value"), Form.TEXT),
        (_("Ratings"), Form.COUNT),
        (_("Share"), Form.SHARE),
    ]
    yield from table(_("How often each value was given"), columns, shares)
    anchors = [
        (labelled(a.value, a.label), a.n_items, *figure_cells(a.figure)) for a in criterion.anchors
    ]
    columns = [(_("Value"), Form.TEXT), (_("Given to items"), Form.COUNT), *FIGURE_COLUMNS]
    yield from noted(_("Agreement on each value"), columns, anchors)


def _confused(criterion: CriterionFigures) -> Iterator[Block]:
    rows: list[tuple[Any, ...]] = [
        (
            " – ".join(map(labelled, c.values, c.labels)),
            c.n_items,
            c.n_pairs,
            c.share,
            c.ratio,
            limits(c.ci_low, c.ci_high),
        )
        for c in criterion.confused
    ]
    columns: Columns = [
        (_("Values"), Form.TEXT),
        (_("Items"), Form.COUNT),
        (_("Rater pairs"), Form.COUNT),
        (_("Of all that disagree"), Form.SHARE),
        (_("Times chance"), Form.FIGURE),
        (_("Interval"), Form.TEXT),
    ]
    if not rows:
        rows = [
            (" – ".join(map(labelled, c.values, c.labels)), c.n_items, c.n_pairs)
            for c in criterion.confusions
        ]
        columns = columns[:3]
    yield from table(_("Values that get confused"), columns, rows)


def _slices(criterion: CriterionFigures) -> Iterator[Block]:
    for family in criterion.slices:
        yield from _family(family)


def _family(family: SliceFamily) -> Iterator[Block]:
    rows = [
        (
            row.value,
            row.n_items,
            row.n_ratings,
            *figure_cells(row.figure)[:3],
            *_comparison(row.difference),
            _("too few items to tell") if row.is_suppressed else "",
        )
        for row in family.rows
    ]
    columns: Columns = [
        (family.name, Form.TEXT),
        (_("Items"), Form.COUNT),
        (_("Ratings"), Form.COUNT),
        (_("Alpha"), Form.FIGURE),
        *FIGURE_COLUMNS[1:3],
        (_("Minus the rest"), Form.FIGURE),
        (_("Interval"), Form.TEXT),
        (_("p, adjusted"), Form.P_VALUE),
        (_("Note"), Form.TEXT),
    ]
    by = _("By %(name)s (%(source)s)")
    source = said(SOURCES, family.source)
    yield from table(
        by % {"name": family.name, "source": source}, columns, rows, note=_slice_note(family)
    )


def _comparison(found: Comparison | None) -> tuple[Any, ...]:
    if found is None:
        return (None, "", None)
    return (found.value, limits(found.ci_low, found.ci_high), found.p_adjusted)


def _slice_note(family: SliceFamily) -> str:
    note = _(
        "Slices of fewer than %(n)d items are not told. p is adjusted for the number of slices."
    ) % {"n": family.min_items}
    if family.heterogeneity is not None:
        note += " " + _(
            "Do the slices differ by more than chance? Q = %(q)s, df %(df)d, p %(p)s."
        ) % {
            "q": f"{family.heterogeneity.q:.2f}",
            "df": family.heterogeneity.df,
            "p": shown(Form.P_VALUE, family.heterogeneity.p_value),
        }
    if family.n_left_out:
        note += " " + _("Further values, not listed: %(n)d.") % {"n": family.n_left_out}
    return note


def _periods(criterion: CriterionFigures) -> Iterator[Block]:
    rows = [(f"{p.start} … {p.end}", *figure_cells(p.figure)) for p in criterion.periods]
    columns: Columns = [(_("Last rated"), Form.TEXT), *FIGURE_COLUMNS]
    yield from noted(_("Alpha over time"), columns, rows)


def _pairs(criterion: CriterionFigures) -> Iterator[Block]:
    rows = [
        (
            " × ".join(figure.raters or ()),
            said(WEIGHTS, figure.weights),
            *figure_cells(figure),
        )
        for figure in criterion.pairs
    ]
    columns: Columns = [(_("Raters"), Form.TEXT), (_("Weights"), Form.TEXT), *FIGURE_COLUMNS]
    n = criterion.pairs_left_out
    note = _("Rater pairs with fewer shared items, not listed: %(n)d.") % {"n": n} if n else ""
    yield from noted(_("Cohen’s kappa of each rater pair"), columns, rows, note=note)


def _raters(criterion: CriterionFigures) -> Iterator[Block]:
    rows = [
        (
            each.rater,
            each.n_ratings,
            each.without.estimate,
            each.without.ci_low,
            each.without.ci_high,
            *_comparison(each.change)[:2],
            each.mean_agreement,
            each.severity,
            limits(each.severity_low, each.severity_high),
        )
        for each in criterion.raters_left_out
    ]
    columns: Columns = [
        (_("Rater"), Form.TEXT),
        (_("Ratings"), Form.COUNT),
        (_("Alpha without"), Form.FIGURE),
        *FIGURE_COLUMNS[1:3],
        (_("Alpha with, minus without"), Form.FIGURE),
        (_("Interval"), Form.TEXT),
        (_("Agreement with the others"), Form.FIGURE),
        (_("Severity"), Form.FIGURE),
        (_("Interval"), Form.TEXT),
    ]
    yield from table(_("Each rater left out once"), columns, rows)


def _decision(decision: Decision | None) -> Iterator[Block]:
    if decision is None:
        return
    if decision.undefined_reason is not None:
        yield Text(said(REASONS, decision.undefined_reason))
        return
    parts = [(_("items"), decision.item), (_("raters"), decision.rater)]
    parts.append((_("what is left"), decision.residual))
    columns: Columns = [(_("Between"), Form.TEXT), (_("Variance"), Form.FIGURE)]
    yield from table(_("Where differences come from"), columns, parts)
    rows = [(p.n_raters, p.value, p.ci_low, p.ci_high) for p in decision.predicted]
    columns = [(_("Raters an item"), Form.COUNT), (_("Reliability of their mean"), Form.FIGURE)]
    needed = _("No number of raters reaches %(target)s.")
    if decision.raters_needed is not None:
        needed = _("Raters an item until %(target)s is reached: %(n)d.")
    note = needed % {"target": shown(Form.FIGURE, decision.target), "n": decision.raters_needed}
    yield from table(
        _("What more raters would do"), [*columns, *FIGURE_COLUMNS[1:3]], rows, note=note
    )
    columns = [(_("Items"), Form.COUNT), (_("Width of alpha’s interval"), Form.FIGURE)]
    widths = [(width.n_items, width.width) for width in decision.widths]
    yield from table(_("What more items would do"), columns, widths, note=_items_needed(decision))


def _items_needed(decision: Decision) -> str:
    return " ".join(
        _("Items until the interval is %(width)s wide: %(n)s.")
        % {"width": shown(Form.FIGURE, width), "n": "–" if n is None else n}
        for width, n in decision.items_needed
    )


def _items(criterion: CriterionFigures) -> Iterator[Block]:
    columns: Columns = [
        (_("Item"), Form.TEXT),
        (_("Disagreement"), Form.FIGURE),
        (_("Given"), Form.TEXT),
    ]
    for title, items in (
        (_("Items that raters disagree on most"), criterion.split),
        (_("Items that raters agree on most"), criterion.agreed),
    ):
        rows = [(_unit(item), item.disagreement, _given(item)) for item in items]
        yield from table(title, columns, rows, names_items=True)


def _unit(item: SplitFigure) -> str:
    return f"{item.external_id} · {part_label(item.part)}" if item.part else item.external_id


def _given(item: SplitFigure) -> str:
    return ", ".join(f"{value_text(value)} × {n}" for value, n in item.values)
