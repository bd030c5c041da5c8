"""The page that travels with a release: what it says, of whom, how far it can be trusted."""

from collections.abc import Sequence
from typing import Any

from annotation.criteria import spec_of
from annotation.models import Batch, Rater, Round
from exports.models import GoldRelease
from exports.services.agreement import agreement_of
from exports.services.survey import Survey, Terms, by_age, survey_data
from exports.splits import RULE
from rubrics.models import Criterion, RubricVersion

CANARY_NOTE = (
    "Benchmark data. It must not appear in training corpora; search for the canary to find out."
)
FORM = 1


def card_of_evidence(found: Survey, *, terms: Terms, rounds: Sequence[Round]) -> dict[str, Any]:
    """What the card says of rounds, rubrics, raters and figures, before there is a release."""
    ordered = by_age(rounds)
    return {
        "counts": survey_data(found),
        "rounds": [_round(round_, found) for round_ in ordered],
        "rubrics": [_rubric(version, terms) for version in _versions(ordered)],
        "raters": _raters(ordered, found),
        "reliability": agreement_of(ordered, terms.criteria),
        "exclusions": {
            "left_out": dict(sorted(found.left_out.items())),
            "open": dict(sorted(found.open_by_reason.items())),
            "superseded_by_a_later_round": found.n_superseded,
            "criteria": list(terms.criteria),
            "min_ratings": terms.min_ratings,
        },
        "lineage": {"batches": _batches(ordered)},
    }


def data_card(
    release: GoldRelease, evidence: dict[str, Any], *, changes: dict[str, Any] | None
) -> dict[str, Any]:
    """Plain JSON; its keys are described in docs/gold.md."""
    return {
        "form": FORM,
        "project": {"slug": release.project.slug, "name": release.project.name},
        "release": release.number,
        "name": release.name,
        "note": release.note,
        "content_hash": release.content_hash,
        "created_at": release.created_at.isoformat(),
        "software_version": release.software_version,
        "splits": {"salt": release.split_salt, "rule": RULE},
        "canary": {"text": release.canary, "note": CANARY_NOTE},
        **evidence,
        "changes": changes,
    }


def _round(round_: Round, found: Survey) -> dict[str, Any]:
    return {
        "id": round_.public_id,
        "name": round_.name,
        "kind": round_.kind,
        "state": round_.state,
        "rubric": round_.rubric_version.rubric.key,
        "rubric_version": round_.rubric_version.number,
        "overlap": round_.overlap,
        "is_imported": round_.is_imported,
        "opened_at": round_.opened_at.isoformat() if round_.opened_at else None,
        "closed_at": round_.closed_at.isoformat() if round_.closed_at else None,
        "labels": found.by_round[round_.public_id],
    }


def _versions(rounds: Sequence[Round]) -> list[RubricVersion]:
    found = {round_.rubric_version_id: round_.rubric_version for round_ in rounds}
    return list(found.values())


def _rubric(version: RubricVersion, terms: Terms) -> dict[str, Any]:
    criteria = version.criteria.prefetch_related("anchors").order_by("position")
    if terms.criteria:
        criteria = criteria.filter(key__in=terms.criteria)
    return {
        "key": version.rubric.key,
        "version": version.number,
        "title": version.title,
        "hash": version.content_hash,
        "guidelines": version.guidelines,
        "criteria": [_criterion(criterion) for criterion in criteria],
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    """With `per` where each response, turn or step of an item has a label of its own."""
    per = spec_of(criterion).per
    return {
        "key": criterion.key,
        "question": criterion.question,
        "kind": criterion.kind,
        "level": criterion.level,
        "tier": criterion.tier,
        **({"per": per} if per else {}),
        "anchors": [
            {
                "value": anchor.value if anchor.number is None else _plain(anchor.number),
                "label": anchor.label,
                "description": anchor.description,
            }
            for anchor in criterion.anchors.all()
        ],
    }


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _raters(rounds: Sequence[Round], found: Survey) -> list[dict[str, Any]]:
    """By code; whose company a rater works for matters to who reads the figures."""
    companies = dict(
        Rater.objects.filter(project=rounds[0].project_id, vendor__isnull=False).values_list(
            "code", "vendor__name"
        )
    )
    return [
        {"code": code, "ratings": count, "vendor": companies.get(code)}
        for code, count in sorted(found.by_rater.items())
    ]


def _batches(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """The deliveries that the rounds' items came in."""
    items = Batch.objects.filter(items__slots__round__in=rounds).values("pk")
    judged = Batch.objects.filter(items__judgments__round__in=rounds).values("pk")
    batches = Batch.objects.filter(pk__in=items) | Batch.objects.filter(pk__in=judged)
    return [
        {"id": public_id, "name": name, "sha256": sha256, "vendor": vendor}
        for public_id, name, sha256, vendor in batches.order_by("pk").values_list(
            "public_id", "name", "sha256", "vendor__name"
        )
    ]
