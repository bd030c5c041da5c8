"""What a finalised report says: plain JSON, complete in itself, and the same for the same ratings.

Whoever finalised it, and when, is not part of it: the same figures finalised twice are one report.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min
from django.utils import translation
from django.utils.translation import gettext as _

from annotation.models import Judgment, Round
from reliability.report_files.ratings import WrittenRatings
from reliability.selectors.scales import Scale, scales_of
from reliability.services.figures import ReportFigures
from rubrics.choices import Kind
from rubrics.form import to_data
from rubrics.stored import form_of_rows
from rubrics.yaml_form import dump

FORM = 1
PACKAGES = ("numpy", "scipy", "krippendorff", "statsmodels")
SIGNIFICANT = 1e-9


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the content is made of: figures, the ratings they were computed from, and why now."""

    figures: ReportFigures
    ratings: WrittenRatings
    ratings_path: Path
    reason: str


def report_content(round_: Round, evidence: Evidence) -> dict[str, Any]:
    """The content with every figure recomputed from the ratings as they were written.

    Its own sentences are in the language of the installation, whoever finalises it.
    """
    with translation.override(settings.LANGUAGE_CODE):
        content = _content(round_, evidence)
    return content | {"checks": _checks(content, evidence.ratings_path)}


def _content(round_: Round, evidence: Evidence) -> dict[str, Any]:
    return {
        "form": FORM,
        "title": _("Reliability of %(round)s") % {"round": round_.name},
        "project": {"slug": round_.project.slug, "name": round_.project.name},
        "round": _round(round_, evidence.reason),
        "rubric": _rubric(round_),
        "raters": _raters(round_, evidence.figures),
        "inclusion": _inclusion(evidence.figures),
        "method": _method(evidence.figures),
        "scales": [_scale(scale, evidence.figures) for scale in scales_of(round_)],
        "figures": evidence.figures.to_json(),
        "ratings": _ratings(evidence.ratings),
        "software": _software(),
    }


def _round(round_: Round, reason: str) -> dict[str, Any]:
    judged = Judgment.objects.filter(round=round_).aggregate(
        first=Min("submitted_at"), last=Max("submitted_at")
    )
    return {
        "id": round_.public_id,
        "name": round_.name,
        "kind": round_.kind,
        "state": round_.state,
        "policy": round_.policy,
        "overlap": round_.overlap,
        "seed": round_.seed,
        "is_imported": round_.is_imported,
        "opened_at": _instant(round_.opened_at),
        "closed_at": _instant(round_.closed_at),
        "first_judgment_at": _instant(judged["first"]),
        "last_judgment_at": _instant(judged["last"]),
        "why_finalised_open": reason,
    }


def _instant(at: Any) -> str | None:
    return at.isoformat() if at else None


def _rubric(round_: Round) -> dict[str, Any]:
    found = round_.rubric_version
    form = form_of_rows(found)
    return {
        "name": str(found),
        "version": found.number,
        "id": found.public_id,
        "hash": found.content_hash,
        "published_at": _instant(found.published_at),
        "text": to_data(form),
        "yaml": dump(form),
    }


def _raters(round_: Round, figures: ReportFigures) -> list[dict[str, Any]]:
    """By code. Who they are is nobody's business here (T71)."""
    judged = Judgment.objects.filter(round=round_).values_list("rater__code")
    n_judgments = dict(judged.annotate(n=Count("pk")).order_by())
    return [
        {
            "code": code,
            "judgments": n,
            "counted_ratings": sum(each.raters.get(code, 0) for each in figures.criteria),
        }
        for code, n in sorted(n_judgments.items())
    ]


def _inclusion(figures: ReportFigures) -> list[dict[str, Any]]:
    """Each rule in words, with the number of ratings it left out."""
    left_out = [criterion.excluded for criterion in figures.criteria]
    texts = sum(c.n_ratings for c in figures.criteria if c.kind == Kind.TEXT)
    return [
        {"rule": name, "text": text, "ratings": n}
        for name, text, n in (
            (
                "independent",
                _("Counted: ratings that each rater gave alone, before seeing anybody else’s."),
                sum(c.n_ratings for c in figures.criteria) - texts,
            ),
            (
                "surplus",
                _("Left out: judgments that came after their place was filled by somebody else."),
                sum(each.surplus for each in left_out),
            ),
            (
                "revotes",
                _("Left out: votes after answers were revealed, since they are not independent."),
                sum(each.revotes for each in left_out),
            ),
            (
                "checks",
                _("Left out: answers to check items, whose right answer was known before."),
                sum(each.checks for each in left_out),
            ),
            (
                "returned",
                _("Left out: judgments changed after the lead returned them with a comment."),
                sum(each.returned for each in left_out),
            ),
            (
                "abstentions",
                _("Left out: “can’t judge”, which is neither a value nor a missing rating."),
                sum(each.abstentions for each in left_out),
            ),
            (
                "texts",
                _("Left out: free text, because no two texts are the same answer."),
                texts,
            ),
        )
    ]


def _method(figures: ReportFigures) -> dict[str, Any]:
    return {
        "confidence": figures.confidence,
        "interval": "jackknife_t",
        "draws": 0,
        "seed": None,
        "text": _(
            "Intervals leave one item out at a time (where items come in groups, one group) and "
            "use quantiles of t, so they speak of further items judged by these raters. No random "
            "numbers are used, so there is no seed. Where one item carries all variation the "
            "linearised variance stands in, and the figure says so. Comparisons made for many "
            "slices carry a p-value adjusted for their number."
        ),
    }


def _scale(scale: Scale, figures: ReportFigures) -> dict[str, Any]:
    """What the recomputation needs to know: kind, level, and the declared points in order."""
    criterion = figures.criterion(scale.key)
    declared = scale.points or ()
    points = criterion.points if criterion is not None and declared else declared
    found = {
        "key": scale.key,
        "kind": str(scale.kind),
        "level": scale.level.value,
        "points": [
            sorted(point) if isinstance(point, frozenset) else point for point in points or declared
        ],
    }
    return found | {"per": scale.per} if scale.per else found


def _ratings(written: WrittenRatings) -> dict[str, Any]:
    found = {"rows": written.n_rows, "sha256": written.sha256, "in_groups": written.in_groups}
    return found | {"has_parts": True} if written.has_parts else found


def _software() -> dict[str, str]:
    found = {"concord": settings.SOFTWARE_VERSION, "python": platform.python_version()}
    return found | {name: version(name) for name in PACKAGES}


def _checks(content: Mapping[str, Any], ratings_path: Path) -> dict[str, Any]:
    """Every figure computed again from the written ratings, by the script that is delivered."""
    from reliability.report_files.figures_again import (  # noqa: PLC0415 - loads other packages
        compare,
        data,
    )

    rows = [
        {
            "criterion": each.figure["criterion"],
            "coefficient": each.figure["coefficient"],
            "weights": each.figure["weights"],
            "raters": each.figure["raters"],
            "package": each.result.package,
            "reported": each.figure["estimate"],
            "recomputed": each.result.value,
            "difference": each.difference,
            "interval_difference": each.interval_difference,
            "agrees": each.agrees,
            "note": each.result.note,
        }
        for each in compare.compare(content, data.read_ratings(ratings_path))
    ]
    return {
        "tolerance": SIGNIFICANT,
        "largest_difference": _largest(rows),
        "n_differing": sum(not row["agrees"] for row in rows),
        "n_compared": sum(row["difference"] is not None for row in rows),
        "figures": rows,
    }


def _largest(rows: Sequence[Mapping[str, Any]]) -> float | None:
    found = [
        abs(row[name])
        for row in rows
        for name in ("difference", "interval_difference")
        if row[name] is not None
    ]
    return max(found, default=None)
