"""Figures are the same after a trip through JSON, whatever their form was when they were stored."""

import json

from reliability.services.figures import (
    AnchorFigure,
    CellShare,
    Check,
    Comparison,
    ConfusedAnchors,
    Confusion,
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
    figures_from,
)

FIGURE = Figure(
    criterion="quality",
    coefficient="krippendorff_alpha",
    level="ordinal",
    weights="ordinal",
    estimate=0.8,
    ci_low=0.7,
    ci_high=0.9,
    ci_method="jackknife_t",
    se=0.05,
    n_units=40,
    n_raters=3,
    n_ratings=120,
    n_pairable=120,
    undefined_reason=None,
    warnings=("few_items",),
    check=Check("krippendorff", 0.8, 0.0),
)
CHANGE = Comparison(0.1, -0.1, 0.3, 0.05, 0.2, 0.4, 40)
SPLIT = SplitFigure("item", "row-1", 0.5, ((1, 2), (["a", "b"], 1)))
FULL = CriterionFigures(
    key="quality",
    question="How good?",
    kind="ordinal",
    level="ordinal",
    tier="critical",
    n_items=40,
    n_ratings=120,
    raters={"r1": 40, "r2": 80},
    excluded=Excluded(1, 2, 3, 4),
    figures=(FIGURE,),
    pairs=(FIGURE,),
    pairs_left_out=1,
    distribution=(ValueShare(["a"], "A", 3, 0.5),),
    confusions=(Confusion((1, 2), ("one", "two"), 3, 4),),
    split=(SPLIT,),
    points=(1, 2),
    labels=("one", "two"),
    slices=(
        SliceFamily(
            "model",
            "model",
            (SliceRow("m1", 20, 60, FIGURE, FIGURE, CHANGE), SliceRow("m2", 2, 6)),
            1,
            Heterogeneity(2.5, 1, 0.1),
            10,
        ),
    ),
    periods=(Period("2026-01-01", "2026-01-07", 20, FIGURE),),
    raters_left_out=(RaterInfluence("r1", 40, FIGURE, CHANGE, 0.1, 0.0, 0.2, 0.8),),
    anchors=(AnchorFigure(1, "one", 12, FIGURE),),
    confused=(ConfusedAnchors((1, 2), ("one", "two"), 3, 4, 0.5, 1.5, 1.1, 1.9),),
    matrix=(CellShare(0, 1, 3, 4),),
    agreed=(SPLIT,),
    decision=Decision(
        1.0, 0.1, 0.5, None, (Predicted(2, 0.7, 0.6, 0.8),), 4, 0.8, (Width(40, 0.2),), ((0.1, 90),)
    ),
    patterns=(((2, 1), 12), ((0, 3), 28)),
)


def _report(*criteria: CriterionFigures) -> ReportFigures:
    return ReportFigures("r", "round", "rubric@1", 40, 120, 0.95, criteria, min_items=10)


def test_every_field_survives_json() -> None:
    report = _report(FULL)
    assert figures_from(json.loads(json.dumps(report.to_json()))) == report


def test_reports_stored_before_a_field_existed_are_read_with_its_default() -> None:
    data = json.loads(json.dumps(_report(FULL).to_json()))
    for name in ("slices", "patterns", "decision", "points"):
        del data["criteria"][0][name]
    del data["min_items"]
    found = figures_from(data)
    assert found.min_items == 0
    assert found.criteria[0].slices == ()
    assert found.criteria[0].patterns is None
    assert found.criteria[0].figures == (FIGURE,)


def test_a_record_holds_what_the_command_promises() -> None:
    record = FIGURE.record("round")
    assert (record["source"], record["slice"], record["estimate"]) == ("round", None, 0.8)
    assert "raters" not in record
