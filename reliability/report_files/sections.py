"""The parts of a report, from its frozen content."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from django.utils.translation import gettext as _

from reliability.report_files.criteria import criterion_sections
from reliability.report_files.document import (
    Block,
    Document,
    Facts,
    Forest,
    Form,
    Mark,
    Section,
    Table,
    Text,
    Tone,
    labelled,
    shown,
    table,
    value_text,
)
from reliability.report_files.frozen import FrozenReport
from reliability.services.figures import CriterionFigures, Figure
from reliability.wording import COEFFICIENTS, NOTES, REASONS, WEIGHTS, said

ALPHA, AGREEMENT, AC1 = "krippendorff_alpha", "percent_agreement", "gwet_ac1"


def document_of(report: FrozenReport) -> Document:
    data = report.data
    lead = _("Report %(number)d of the round, finalised %(at)s.") % {
        "number": report.number,
        "at": report.at,
    }
    sections = [_summary(report), *_asked(data["rubric"]), _counted(report), _method(data)]
    for criterion in report.figures.criteria:
        sections += criterion_sections(criterion, report.figures)
    sections += [_checks(data["checks"]), _again(report)]
    title = _("Reliability of %(round)s") % {"round": data["round"]["name"]}
    return Document(title, lead, _numbered(sections))


def _numbered(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Tables numbered through the report, so that people can point at one."""
    numbers = count(1)

    def named(block: Block) -> Block:
        if not isinstance(block, Table):
            return block
        title = _("Table %(n)d. %(title)s") % {"n": next(numbers), "title": block.title}
        return replace(block, title=title)

    return tuple(
        replace(section, blocks=tuple(named(block) for block in section.blocks))
        for section in sections
    )


# -- what it says


def _summary(report: FrozenReport) -> Section:
    data, figures = report.data, report.figures
    blocks: list[Block] = [*_warnings(report), Facts(tuple(_facts(report)))]
    rows = [_row(criterion, figures.targets) for criterion in figures.criteria]
    blocks += table(
        _("Figures of each criterion"),
        [
            (_("Criterion"), Form.TEXT),
            (_("Reading"), Form.TEXT),
            (_("Alpha"), Form.FIGURE),
            (_("from"), Form.FIGURE),
            (_("to"), Form.FIGURE),
            (_("Agreement"), Form.FIGURE),
            (_("AC1"), Form.FIGURE),
            (_("Items compared"), Form.COUNT),
            (_("Raters"), Form.COUNT),
            (_("Ratings"), Form.COUNT),
        ],
        rows,
        note=_("“from” and “to” are the %(percent)s interval of alpha.")
        % {"percent": shown(Form.SHARE, data["method"]["confidence"])},
    )
    marks = [_mark(criterion) for criterion in figures.criteria]
    if any(mark.estimate is not None for mark in marks):
        note = _(
            "The dot is the estimate, the line its interval, the dashed lines the values from "
            "which Krippendorff (2018) concludes tentatively and firmly."
        )
        blocks.append(
            Forest(_("Krippendorff’s alpha by criterion"), tuple(marks), figures.targets, note)
        )
    return Section(_("What it says"), tuple(blocks))


def _warnings(report: FrozenReport) -> Iterator[Text]:
    reason = report.data["round"]["why_finalised_open"]
    if reason:
        yield Text(
            _("The round was not closed when this was finalised: %(reason)s") % {"reason": reason},
            "warn",
        )
    n = report.data["checks"]["n_differing"]
    if n:
        yield Text(
            _("Figures that another package computes differently: %(n)d. See the check below.")
            % {"n": n},
            "danger",
        )


def _facts(report: FrozenReport) -> Iterator[tuple[str, str]]:
    data, figures = report.data, report.figures
    round_ = data["round"]
    yield _("Project"), data["project"]["name"]
    yield _("Round"), round_["name"]
    yield _("Rubric"), f"{data['rubric']['text']['title']} ({data['rubric']['name']})"
    yield _("Items"), str(figures.n_items)
    yield _("Judgments"), str(figures.n_judgments)
    yield _("Raters"), str(len(data["raters"]))
    yield _("Judged"), _between(round_["first_judgment_at"], round_["last_judgment_at"])
    yield _("Round opened"), _day(round_["opened_at"])
    yield _("Round closed"), _day(round_["closed_at"])
    yield _("Content (SHA-256)"), report.content_hash
    yield _("Ratings (SHA-256)"), data["ratings"]["sha256"]
    yield _("Software"), f"Concord {data['software']['concord']}"


def _between(first: str | None, last: str | None) -> str:
    start, end = _day(first), _day(last)
    return start if start == end else _("%(start)s to %(end)s") % {"start": start, "end": end}


def _day(instant: str | None) -> str:
    return instant[:10] if instant else "–"


def _row(criterion: CriterionFigures, targets: Sequence[float]) -> tuple[Any, ...]:
    alpha = criterion.figure(ALPHA)
    return (
        criterion.key,
        reading(alpha, targets),
        alpha.estimate if alpha else None,
        alpha.ci_low if alpha else None,
        alpha.ci_high if alpha else None,
        _estimate(criterion.figure(AGREEMENT)),
        _estimate(criterion.figure(AC1)),
        alpha.n_units if alpha else None,
        len(criterion.raters),
        criterion.n_ratings,
    )


def _estimate(figure: Figure | None) -> float | None:
    return figure.estimate if figure else None


def reading(alpha: Figure | None, targets: Sequence[float]) -> str:
    """What follows from the interval alone; no adjective without its limits."""
    if alpha is None:
        return _("free text: no agreement")
    if alpha.estimate is None:
        return _("undefined: %(reason)s") % {"reason": said(REASONS, alpha.undefined_reason)}
    if alpha.ci_low is None or alpha.ci_high is None:
        return _("no interval: nothing follows")
    tentative, firm = (shown(Form.FIGURE, target) for target in targets)
    if alpha.ci_low >= targets[1]:
        return _("at least %(target)s: rely on it") % {"target": firm}
    if alpha.ci_low >= targets[0]:
        return _("at least %(target)s: tentative conclusions") % {"target": tentative}
    if alpha.ci_high < targets[0]:
        return _("below %(target)s: don’t conclude from it") % {"target": tentative}
    return _("may lie below %(target)s: too uncertain") % {"target": tentative}


def _mark(criterion: CriterionFigures) -> Mark:
    alpha = criterion.figure(ALPHA)
    if alpha is None:
        return Mark(criterion.key, None, None, None)
    return Mark(criterion.key, alpha.estimate, alpha.ci_low, alpha.ci_high)


# -- what was asked


def _asked(rubric: Mapping[str, Any]) -> Iterator[Section]:
    facts = Facts(
        (
            (_("Rubric"), rubric["name"]),
            (_("Published"), _day(rubric["published_at"])),
            (_("Rubric (SHA-256)"), rubric["hash"]),
        )
    )
    text = rubric["text"]
    guidelines = [Text(text["guidelines"], is_source=True)] if text["guidelines"] else []
    yield Section(_("What was asked"), (facts, *guidelines))
    for criterion in text["criteria"]:
        yield _question(criterion)


def _question(criterion: Mapping[str, Any]) -> Section:
    facts = [
        (_("Kind"), criterion["kind"]),
        (_("Level"), criterion["level"]),
        (_("Tier"), criterion["tier"]),
        (_("Answer"), _("required") if criterion["required"] else _("optional")),
    ]
    for other, values in criterion["show_if"].items():
        facts.append((_("Asked if"), f"{other}: {', '.join(map(value_text, values))}"))
    blocks: list[Block] = [Text(criterion["question"])]
    if criterion["help"]:
        blocks.append(Text(criterion["help"], is_source=True))
    blocks.append(Facts(tuple(facts)))
    anchors = [
        (
            labelled(anchor["value"], anchor["label"]),
            anchor["description"],
            "\n".join(anchor["examples"]),
        )
        for anchor in criterion["anchors"]
    ]
    columns = [
        (_("Anchor"), Form.TEXT),
        (_("Meaning"), Form.TEXT),
        (_("Examples"), Form.TEXT),
    ]
    blocks += table(_("Anchors"), columns, anchors)
    return Section(criterion["key"], tuple(blocks), level=3)


# -- what was counted, and how


def _counted(report: FrozenReport) -> Section:
    data = report.data
    blocks: list[Block] = []
    blocks += table(
        _("Inclusion rules"),
        [(_("Rule"), Form.TEXT), (_("Ratings"), Form.COUNT)],
        [(_(rule["text"]), rule["ratings"]) for rule in data["inclusion"]],
    )
    blocks += table(
        _("Counted and left out, by criterion"),
        [
            (_("Criterion"), Form.TEXT),
            (_("Items"), Form.COUNT),
            (_("Counted"), Form.COUNT),
            (_("Surplus"), Form.COUNT),
            (_("Re-votes"), Form.COUNT),
            (_("Check items"), Form.COUNT),
            (_("Returned"), Form.COUNT),
            (_("Abstentions"), Form.COUNT),
        ],
        [_exclusions(criterion) for criterion in report.figures.criteria],
    )
    blocks += table(
        _("Raters, by code"),
        [
            (_("Rater"), Form.TEXT),
            (_("Judgments"), Form.COUNT),
            (_("Counted ratings"), Form.COUNT),
        ],
        [(each["code"], each["judgments"], each["counted_ratings"]) for each in data["raters"]],
    )
    return Section(_("What was counted"), tuple(blocks))


def _exclusions(criterion: CriterionFigures) -> tuple[str | int, ...]:
    out = criterion.excluded
    return (
        criterion.key,
        criterion.n_items,
        criterion.n_ratings,
        out.surplus,
        out.revotes,
        out.checks,
        out.returned,
        out.abstentions,
    )


def _method(data: Mapping[str, Any]) -> Section:
    method, round_ = data["method"], data["round"]
    facts = [
        (_("Confidence"), shown(Form.SHARE, method["confidence"])),
        (_("Interval"), method["interval"]),
        (_("Draws"), str(method["draws"])),
        (_("Seed of the figures"), _("none: no random numbers")),
        (_("Seed of the round’s order of items"), str(round_["seed"])),
        *((name, str(number)) for name, number in data["software"].items()),
    ]
    return Section(_("How it was computed"), (Text(_(method["text"])), Facts(tuple(facts))))


# -- whether it holds


def _checks(checks: Mapping[str, Any]) -> Section:
    largest = shown(Form.DIFFERENCE, checks["largest_difference"])
    said_of = _(
        "Each figure was computed again from the ratings as they are delivered with this report: "
        "alpha by the package krippendorff, kappa by statsmodels, the others and all intervals by "
        "plain formulas. Largest difference: %(largest)s. Figures that differ by more than "
        "%(tolerance)s: %(n)d."
    ) % {"largest": largest, "tolerance": checks["tolerance"], "n": checks["n_differing"]}
    rows = [
        (
            row["criterion"],
            figure_name(row["coefficient"], row["weights"], row["raters"]),
            row["package"],
            row["reported"],
            row["recomputed"],
            row["difference"],
            row["interval_difference"],
            _verdict(row),
        )
        for row in checks["figures"]
    ]
    columns = [
        (_("Criterion"), Form.TEXT),
        (_("Figure"), Form.TEXT),
        (_("By"), Form.TEXT),
        (_("Here"), Form.EXACT),
        (_("There"), Form.EXACT),
        (_("Difference"), Form.DIFFERENCE),
        (_("of the interval"), Form.DIFFERENCE),
        (_("Verdict"), Form.TEXT),
    ]
    tone: Tone = "danger" if checks["n_differing"] else ""
    blocks = [Text(said_of, tone), *table(_("Recomputed independently"), columns, rows)]
    return Section(_("Recomputed independently"), tuple(blocks))


def _verdict(row: Mapping[str, Any]) -> str:
    if not row["agrees"]:
        return _("DIFFERS")
    if row["difference"] is None:
        return said(NOTES, row["note"]) or _("undefined")
    return _("same")


def figure_name(coefficient: str, weights: str | None, raters: Sequence[str] | None = None) -> str:
    """The coefficient with whom it compares and how, in words."""
    name = said(COEFFICIENTS, coefficient)
    if raters:
        name += f" {raters[0]} × {raters[1]}"
    if weights not in (None, "identity"):
        name += f", {said(WEIGHTS, weights)}"
    return name


def _again(report: FrozenReport) -> Section:
    text = _(
        "The recompute file (ZIP) holds ratings.csv with every counted rating, report.json with "
        "these figures, rubric.yaml, and recompute.py, which needs Python with numpy, scipy, "
        "krippendorff and statsmodels and nothing of Concord. “python recompute.py” computes every "
        "figure again, whatever the order of the rows, and ends with exit code 1 if one differs."
    )
    return Section(_("How to compute it again"), (Text(text),))
