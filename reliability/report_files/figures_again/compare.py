"""A report's figures beside the same figures computed here."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import Ratings, read_ratings
from .figures import Result, computer

TOLERANCE = 1e-9
USAGE = """\
usage: python recompute.py [FOLDER]

FOLDER (where recompute.py lies, if not given) holds report.json and ratings.csv.
Exit code: 0 every figure agrees to 1e-9; 1 one does not, or report.json was altered; 2 usage.
"""


@dataclass(frozen=True)
class Comparison:
    """difference: ours minus the report's; interval_difference: of the limit that differs more.

    None where there is nothing to compare, or an interval was not computed again.
    """

    figure: Mapping[str, Any]
    result: Result
    difference: float | None = None
    interval_difference: float | None = None

    @property
    def is_compared(self) -> bool:
        return self.difference is not None

    @property
    def agrees(self) -> bool:
        if self.difference is not None:
            return max(abs(self.difference), abs(self.interval_difference or 0)) <= TOLERANCE
        # Where the report gives a reason, packages may give a number nevertheless.
        return self.figure["estimate"] is None or self.result.note in ("too_large", "not_offered")


def compare(content: Mapping[str, Any], ratings: Mapping[str, Ratings]) -> Iterator[Comparison]:
    """Every figure of `content`, those of rater pairs included, criterion by criterion."""
    confidence = content["figures"]["confidence"]
    asked = {each["key"]: each for each in content["scales"]}
    for criterion in content["figures"]["criteria"]:
        given = ratings.get(criterion["key"], Ratings())
        compute = computer(asked[criterion["key"]], given, confidence)
        for figure in (*criterion["figures"], *criterion["pairs"]):
            yield _compared(figure, compute(figure))


def _compared(figure: Mapping[str, Any], result: Result) -> Comparison:
    if figure["estimate"] is None or result.value is None:
        return Comparison(figure, result)
    gaps: list[float] = []
    if figure["ci_method"] == "jackknife_t" and result.low is not None and result.high is not None:
        gaps = [result.low - figure["ci_low"], result.high - figure["ci_high"]]
    widest = max(gaps, key=abs) if gaps else None
    return Comparison(figure, result, result.value - figure["estimate"], widest)


def content_of(path: Path) -> Any:
    """The report's content. Raises ValueError when it is not what its hash says."""
    report = json.loads(path.read_text(encoding="utf-8"))
    canonical = json.dumps(
        report["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    if hashlib.sha256(canonical.encode()).hexdigest() != report["content_hash"]:
        raise ValueError(f"{path.name} was altered: its content does not match its hash.")
    return report["content"]


def line_of(comparison: Comparison) -> str:
    figure, result = comparison.figure, comparison.result
    parts = [figure["criterion"], figure["coefficient"]]
    parts += [figure["weights"]] if figure["weights"] else []
    parts += [" x ".join(figure["raters"])] if figure["raters"] else []
    name = " ".join(parts)
    if comparison.difference is None:
        why = figure["undefined_reason"] or result.note or "no value"
        return f"{name}: {why}" if comparison.agrees else f"{name}: DIFFERS, no value ({why})"
    verdict = "same" if comparison.agrees else "DIFFERS"
    return (
        f"{name}: {result.value:.6f} by {result.package}, "
        f"difference {comparison.difference:+.1e}, {verdict}"
    )


def main(arguments: Sequence[str], home: Path) -> int:
    folder = Path(arguments[0]) if arguments else home
    report, ratings = folder / "report.json", folder / "ratings.csv"
    if len(arguments) > 1 or not report.is_file() or not ratings.is_file():
        print(USAGE, file=sys.stderr)
        return 2
    try:
        content = content_of(report)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    n = n_compared = n_differing = 0
    for comparison in compare(content, read_ratings(ratings)):
        print(line_of(comparison))
        n, n_compared = n + 1, n_compared + comparison.is_compared
        n_differing += not comparison.agrees
    print(f"{n} figures, {n_compared} computed again, {n_differing} differ by more than 1e-9.")
    return 1 if n_differing else 0
