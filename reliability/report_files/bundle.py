"""report.json, and the recompute file: everything that is needed to check a report without us."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import IO, Any

from reliability.report_files.archive import BLOCK, streamed_zip
from reliability.report_files.cells import csv_cell
from reliability.report_files.frozen import FrozenReport

PACKAGE = Path(__file__).with_name("figures_again")
SCRIPT = b"""\
\"\"\"Compute the report's figures again: python recompute.py [FOLDER]\"\"\"

import sys
from pathlib import Path

from figures_again.compare import main

sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent))
"""
# Values that `manage.py agreement` can be told: no commas inside, and not parts of marked texts.
COMMANDS_FOR = frozenset({"ordinal", "categorical", "pairwise", "numeric", "multi_label"})


def json_of(report: FrozenReport) -> bytes:
    """The content exactly as it was hashed, inside an object that says which report it is."""
    about = {
        "content_hash": report.content_hash,
        "finalised_at": report.finalised_at.isoformat(),
        "id": report.public_id,
        "number": report.number,
    }
    rest = json.dumps(about, sort_keys=True)
    return f'{{"content":{report.content},{rest[1:]}\n'.encode()


def recompute_file(
    report: FrozenReport, ratings: Callable[[], IO[bytes]], ratings_hash: str
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The members of the archive with their blocks; `ratings` opens what is read as it is sent."""
    small = {
        "README.md": readme_of(report).encode(),
        "recompute.py": SCRIPT,
        "report.json": json_of(report),
        "rubric.yaml": report.data["rubric"]["yaml"].encode(),
    }
    small |= {f"figures_again/{path.name}": path.read_bytes() for path in _modules()}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in small.items()}
    sums["ratings.csv"] = ratings_hash
    listed = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    for name, data in (*small.items(), ("SHA256SUMS", listed.encode())):
        yield name, iter([data])
    yield "ratings.csv", _blocks(ratings)


def _modules() -> list[Path]:
    return sorted(PACKAGE.glob("*.py"))


def _blocks(opened: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with opened() as file:
        while block := file.read(BLOCK):
            yield block


def recompute_zip(
    report: FrozenReport, ratings: Callable[[], IO[bytes]], ratings_hash: str
) -> Iterator[bytes]:
    """The archive block by block: the same report gives the same bytes."""
    return streamed_zip(recompute_file(report, ratings, ratings_hash))


def readme_of(report: FrozenReport) -> str:
    data = report.data
    software = data["software"]
    packages = " ".join(
        f"{name}=={software[name]}" for name in ("numpy", "scipy", "krippendorff", "statsmodels")
    )
    commands = "\n".join(f"    {command}" for command in commands_of(data)) or "    (none)"
    return README.format(
        title=" ".join(data["title"].split()),
        number=report.number,
        at=report.at,
        content_hash=report.content_hash,
        packages=packages,
        n_ratings=data["ratings"]["rows"],
        parts=PARTS if data["ratings"].get("has_parts") else "",
        commands=commands,
    )


README = """\
{title}
Report {number}, finalised {at}
Content SHA-256: {content_hash}

Check that nothing was altered:

    sha256sum -c SHA256SUMS

Compute every figure again, without Concord:

    pip install {packages}
    python recompute.py

recompute.py reads ratings.csv, computes alpha with the package krippendorff and kappa with
statsmodels, what they don't offer and the intervals with formulas written out in figures_again/,
and compares each with report.json. It ends with exit code 1 when a figure differs by more than
1e-9. Intraclass correlations of items that not everybody rated are left to report.json.

The same with Concord's command line, which needs no database:

{commands}

Files

    report.json   the report; "content" as canonical JSON (sorted keys, no spaces, UTF-8) has the
                  SHA-256 above
    ratings.csv   the {n_ratings} ratings that count: item_id, rater_id (a code, never a name),
                  dimension (the criterion), value, level; group: items of one group are left
                  out together; characters: for marked passages, how long each text is. A text
                  that a spreadsheet would run has an apostrophe before it; take one away{parts}
    rubric.yaml   the rubric version that the raters saw
    recompute.py  computes the figures again, with the modules in figures_again/
"""


PARTS = """;
                  part: what of the item is rated, where a criterion is asked of each response,
                  turn or step; unit: item and part together, which the figures count as one, and
                  whose group is the item"""


def commands_of(content: Mapping[str, Any]) -> list[str]:
    """One command a criterion whose scale the command line can be told."""
    return [
        _command(scale, in_groups=content["ratings"]["in_groups"] or "per" in scale)
        for scale in content["scales"]
        if scale["kind"] in COMMANDS_FOR and not any("," in str(point) for point in scale["points"])
    ]


def _command(scale: Mapping[str, Any], *, in_groups: bool) -> str:
    parts = ["manage.py agreement ratings.csv", f"--only {quote(scale['key'])}"]
    parts.append(f"--level {scale['level']}")
    if scale["points"]:
        points = ",".join(csv_cell(point) for point in scale["points"])
        parts.append(f"--categories {quote(points)}")
    if "per" in scale:
        parts.append("--unit unit")
    if in_groups:
        parts.append("--group group")
    parts.append("--coefficient krippendorff_alpha,percent_agreement,gwet_ac1")
    return " ".join(parts)
