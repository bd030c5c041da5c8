"""A criterion's figures with every part filled, as a large round would give them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from accounts.models import Project
from annotation.models import Round
from reliability.services.figures import (
    AnchorFigure,
    CellShare,
    Comparison,
    ConfusedAnchors,
    CriterionFigures,
    Decision,
    Excluded,
    Figure,
    Heterogeneity,
    Period,
    Predicted,
    RaterInfluence,
    ReportFigures,
    SliceFamily,
    SliceRow,
    SplitFigure,
    ValueShare,
    Width,
)

LABELS = ("Contradicted", "Unsupported", "Partly supported", "Mostly supported", "Supported")


def sample_round() -> Round:
    return Round(public_id="round", name="Round", project=Project(slug="project"))


def figure(estimate: float | None, half: float = 0.1, **changes: Any) -> Figure:
    limits = (None, None)
    if estimate is not None and half:
        limits = (max(-1.0, estimate - half), min(1.0, estimate + half))
    made = Figure(
        criterion="faithful",
        coefficient="krippendorff_alpha",
        level="ordinal",
        weights=None,
        estimate=estimate,
        ci_low=limits[0],
        ci_high=limits[1],
        ci_method="jackknife_t",
        se=half / 2 or None,
        n_units=60,
        n_raters=4,
        n_ratings=180,
        n_pairable=180,
        undefined_reason=None if estimate is not None else "no_pairable_units",
    )
    return replace(made, **changes)


def difference(value: float, half: float, p: float) -> Comparison:
    return Comparison(value, value - half, value + half, half / 2, p / 3, p, 60)


def slice_rows(n: int, name: str) -> tuple[SliceRow, ...]:
    """`n` values, the first far below the rest, the last too small to be told."""
    rows = [
        SliceRow(
            f"{name} {place}",
            80 - 2 * place,
            240 - 6 * place,
            figure(0.3 if place == 0 else 0.6 + 0.01 * place, 0.15, n_units=80 - 2 * place),
            figure(0.7, 0.05, coefficient="percent_agreement"),
            difference(-0.34, 0.15, 0.002) if place == 0 else difference(0.05, 0.2, 0.6),
        )
        for place in range(n - 1)
    ]
    return (*rows, SliceRow(f"{name} last", 7, 21, is_suppressed=True))


def families(n_values: int = 4) -> tuple[SliceFamily, ...]:
    return (
        SliceFamily(
            "model", "model", slice_rows(n_values, "model"), 0, Heterogeneity(14.2, 3, 0.003), 20
        ),
        SliceFamily(
            "language", "slice", slice_rows(n_values, "lang"), 2, Heterogeneity(1.2, 2, 0.55), 20
        ),
    )


def periods(n: int = 6) -> tuple[Period, ...]:
    first = date(2026, 9, 7)
    return tuple(
        Period(
            (first + timedelta(weeks=week)).isoformat(),
            (first + timedelta(weeks=week, days=6)).isoformat(),
            30 + week,
            figure(0.7 - 0.04 * week, 0.12),
        )
        for week in range(n)
    )


def influences(n: int = 4) -> tuple[RaterInfluence, ...]:
    return tuple(
        RaterInfluence(
            rater=f"R{place:03d}",
            n_ratings=45 + place,
            without=figure(0.71 if place == 1 else 0.51, 0.08),
            change=difference(-0.19, 0.08, 0.001) if place == 1 else difference(0.01, 0.05, 0.7),
            severity=-0.8 if place == 1 else 0.2,
            severity_low=-1.1 if place == 1 else -0.1,
            severity_high=-0.5 if place == 1 else 0.5,
            mean_agreement=0.48 if place == 1 else 0.72,
        )
        for place in range(n)
    )


def confused() -> tuple[ConfusedAnchors, ...]:
    return (
        ConfusedAnchors((2, 3), LABELS[1:3], 11, 14, 14 / 31, 0.71, 0.52, 0.9),
        ConfusedAnchors((3, 4), LABELS[2:4], 8, 9, 9 / 31, 0.44, 0.2, 0.68),
        ConfusedAnchors((1, 2), LABELS[0:2], 6, 8, 8 / 31, 0.4, 0.18, 0.62),
    )


MATRIX = ((0, 0, 8, 21), (0, 1, 6, 8), (1, 1, 9, 20), (1, 2, 11, 14), (2, 2, 12, 27), (2, 3, 8, 9), (3, 3, 14, 33), (4, 4, 16, 40))  # fmt: skip


def decision() -> Decision:
    return Decision(
        item=0.62,
        rater=0.11,
        residual=0.41,
        predicted=tuple(
            Predicted(
                n,
                0.62 * n / (0.62 * n + 0.52),
                0.55 * n / (0.55 * n + 0.6),
                0.7 * n / (0.7 * n + 0.45),
            )
            for n in range(1, 9)
        ),
        raters_needed=4,
        widths=tuple(Width(n, 1.6 / n**0.5) for n in (30, 60, 120, 240, 300, 480)),
        items_needed=((0.2, 64), (0.1, 300)),
    )


def sample_criterion(**changes: Any) -> CriterionFigures:
    made = CriterionFigures(
        key="faithful",
        question="Is every claim supported by the contexts?",
        kind="ordinal",
        level="ordinal",
        tier="critical",
        n_items=60,
        n_ratings=180,
        raters={f"R{n:03d}": 45 + n for n in range(4)},
        excluded=Excluded(3, 2, 0, 5),
        figures=(
            figure(0.52, 0.09),
            figure(0.66, 0.05, coefficient="percent_agreement"),
            figure(0.58, 0.07, coefficient="gwet_ac1", level="nominal"),
        ),
        pairs=tuple(
            figure(0.9 - 0.11 * (a + b), 0.15, coefficient="cohen_kappa", weights=weights, raters=(f"R{a:03d}", f"R{b:03d}"), n_units=30 + a + b)
            for a in range(4)
            for b in range(a + 1, 4)
            for weights in ("identity", "quadratic")
        ),
        pairs_left_out=0,
        distribution=tuple(ValueShare(n + 1, LABELS[n], 20 + 8 * n, (20 + 8 * n) / 180) for n in range(5)),
        confusions=(),
        split=tuple(SplitFigure(f"item{n}", f"doc-{n}", 4.0 - n / 10, ((1, 1), (5, 2))) for n in range(8)),
        points=(1, 2, 3, 4, 5),
        labels=LABELS,
        slices=families(),
        periods=periods(),
        raters_left_out=influences(),
        anchors=tuple(
            AnchorFigure(n + 1, LABELS[n], 12 + n, figure(0.4 + 0.1 * n, 0.12, coefficient="specific_agreement"))
            for n in range(5)
        ),
        confused=confused(),
        matrix=tuple(CellShare(*cell) for cell in MATRIX),
        agreed=tuple(SplitFigure(f"good{n}", f"doc-{20 + n}", 0.0, ((5, 3),)) for n in range(8)),
        decision=decision(),
    )  # fmt: skip
    return replace(made, **changes)


def sample_report(*criteria: CriterionFigures) -> ReportFigures:
    return ReportFigures(
        round="round",
        round_name="Round",
        rubric="faithfulness 3",
        n_items=60,
        n_judgments=180,
        confidence=0.95,
        criteria=criteria or (sample_criterion(),),
    )
