"""Rounds whose reports these tests finalise: every kind of value, gaps, hostile texts."""

import io
import random
import zipfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from annotation.choices import Basis, RoundState
from annotation.models import Round
from reliability.choices import ReportFormat
from reliability.models import FinalReport
from reliability.services.final_files import report_file
from rubrics.choices import Kind, Level
from tests.factories import (
    CATEGORICAL,
    ORDINAL,
    PAIRWISE,
    make_items,
    make_rater,
    make_round,
    make_rubric_version,
)
from tests.reliability.builders import judge

HOSTILE = '=HYPERLINK("http://evil.example") | **b** <img src=x> #panic("x") $x$ [a](http://evil)'
EVERY_KIND: tuple[dict[str, Any], ...] = (
    ORDINAL,
    CATEGORICAL,
    PAIRWISE,
    {
        "key": "words",
        "kind": Kind.ORDINAL,
        "level": Level.ORDINAL,
        "anchors": ["low", "mid", "=hi"],
    },
    {"key": "half", "kind": Kind.ORDINAL, "level": Level.INTERVAL, "anchors": [0, 0.5, 1, 7]},
    {"key": "seconds", "kind": Kind.NUMERIC, "level": Level.RATIO},
    {"key": "shift", "kind": Kind.NUMERIC, "level": Level.INTERVAL},
    {"key": "labels", "kind": Kind.MULTI_LABEL, "level": Level.SET, "anchors": ["a", "b", "c,d"]},
    {"key": "order", "kind": Kind.RANKING, "level": Level.ORDINAL},
    {"key": "errors", "kind": Kind.SPAN, "level": Level.NOMINAL},
    {"key": "comment", "kind": Kind.TEXT, "level": Level.NOMINAL},
)


def closed_round(project: Any, *, n_items: int = 24, seed: int = 7, name: str = "round") -> Round:
    """Four raters with gaps, abstentions, surplus and re-votes, on one criterion of each kind."""
    draw = random.Random(seed)
    version = make_rubric_version(project, *EVERY_KIND)
    items = make_items(project, n_items, responses=2)
    raters = [make_rater(project) for _ in range(4)]
    round_ = make_round(
        project,
        version=version,
        items=items,
        raters=raters,
        name=name,
        state=RoundState.CLOSED,
        closed_at=timezone.now(),
    )
    for n, item in enumerate(items):
        truth = draw.random()
        for place, rater in enumerate(raters):
            if draw.random() < 0.25:
                continue
            basis = Basis.INDEPENDENT
            if (n, place) in ((1, 0), (2, 1)):
                basis = Basis.SURPLUS if place == 0 else Basis.REVOTE
            judge(round_, item, rater, _answers(draw, truth), basis=basis)
    return round_


def _answers(draw: random.Random, truth: float) -> dict[str, Any]:
    seen = min(0.999, max(0.0, truth + draw.gauss(0, 0.15)))
    start = int(seen * 4)
    answers: dict[str, Any] = {
        "quality": 1 + int(seen * 5),
        "verdict": "yes" if seen > 0.3 else "no",
        "preference": ["response_1", "response_2", "tie"][int(seen * 3)],
        "words": ["low", "mid", "=hi"][int(seen * 3)],
        "half": [0, 0.5, 1, 7][int(seen * 4)],
        "seconds": round(seen * 20, 1),
        "shift": round(seen * 6 - 3),
        "labels": [
            label for label, least in (("a", 0.2), ("b", 0.5), ("c,d", 0.8)) if seen > least
        ],
        "order": ["response_1", "response_2"] if seen > 0.5 else ["response_2", "response_1"],
        "errors": [{"start": start, "end": start + 3, "text": "", "label": "wrong"}],
        "comment": HOSTILE,
    }
    if draw.random() < 0.08:
        answers["quality"] = {"abstain": True, "reason": "can't tell"}
    return answers


def file_of(report: FinalReport, format: ReportFormat) -> bytes:
    return b"".join(report_file(report, format, actor=None).blocks)


def unpacked(report: FinalReport, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(file_of(report, ReportFormat.ZIP))) as archive:
        archive.extractall(folder)
    return folder
