"""Reads gold releases and their labels."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.models import Project
from annotation.choices import RoundKind, RoundState
from annotation.models import Item, Rating, Round
from exports.models import GoldLabel, GoldRelease
from exports.records import LabelKey, LabelRecord
from exports.selectors.evidence import CHUNK, N_KEY, by_code_point

LABEL_COLUMNS = (
    "item__external_id",
    "criterion__version__rubric__key",
    "criterion__key",
    "part",
    "criterion__version__number",
    "criterion__version__content_hash",
    "criterion__kind",
    "criterion__level",
    "value",
    "origin",
    "split",
    "n_ratings",
    "distribution",
    "round__public_id",
    "provenance",
)
NO_ITEM: dict[str, Any] = {"hash": "", "group": "", "models": [], "slices": {}}


def releases_of(project: Project) -> QuerySet[GoldRelease]:
    return (
        GoldRelease.objects.filter(project=project).select_related("created_by").order_by("-number")
    )


def latest_release(project: Project) -> GoldRelease | None:
    return releases_of(project).first()


def release_before(release: GoldRelease) -> GoldRelease | None:
    return releases_of(release.project).filter(number__lt=release.number).first()


def labels_of(release: GoldRelease) -> QuerySet[GoldLabel]:
    return GoldLabel.objects.filter(release=release)


def records_of(release: GoldRelease) -> Iterator[LabelRecord]:
    """Every label of the release in its fixed order, in constant memory."""
    ordered = labels_of(release).order_by(*(by_code_point(path) for path in LABEL_COLUMNS[:N_KEY]))
    for row in ordered.values_list(*LABEL_COLUMNS).iterator(chunk_size=CHUNK):
        yield record_from(row)


def record_from(row: tuple[Any, ...]) -> LabelRecord:
    """A record from the values of LABEL_COLUMNS."""
    *middle, provenance = row[N_KEY:]
    version, rubric_hash, kind, level, value, origin, split, n_ratings, counts, round_ = middle
    return LabelRecord(
        key=LabelKey(*row[:N_KEY]),
        rubric_version=version,
        rubric_hash=rubric_hash,
        kind=kind,
        level=level,
        value=value,
        origin=origin,
        split=split,
        n_ratings=n_ratings,
        distribution=counts,
        round=round_,
        ratings=provenance.get("ratings", []),
        decision=provenance.get("decision"),
        item=NO_ITEM | provenance.get("item", {}),
    )


def releasable_rounds(project: Project) -> QuerySet[Round]:
    """Rounds that gold may come from, newest first."""
    return (
        Round.objects.filter(project=project)
        .exclude(state=RoundState.DRAFT)
        .select_related("rubric_version__rubric")
        .order_by("-pk")
    )


def default_rounds(project: Project, *, allow_open_round: bool = False) -> list[Round]:
    """The closed production rounds; with `allow_open_round` the running ones too."""
    rounds = releasable_rounds(project).filter(kind=RoundKind.PRODUCTION)
    if not allow_open_round:
        rounds = rounds.filter(state=RoundState.CLOSED)
    return list(rounds)


def rounds_named(project: Project, names: list[str]) -> list[Round]:
    """Rounds of `project` by name or public id; unknown ones are simply not among them."""
    by_either = Round.objects.filter(project=project).select_related("rubric_version__rubric")
    return list(by_either.filter(name__in=names) | by_either.filter(public_id__in=names))


def n_ratings_in(rounds: list[Round]) -> int:
    return Rating.objects.filter(round__in=rounds).count()


def contents_of(project: Project, item_ids: list[str]) -> dict[str, tuple[str, Any]]:
    """External id -> (content hash, content) of some items."""
    items = Item.objects.filter(project=project, external_id__in=item_ids)
    return {
        external_id: (content_hash, content)
        for external_id, content_hash, content in items.values_list(
            "external_id", "content_hash", "content"
        )
    }


def rounds_of(release: GoldRelease) -> QuerySet[Round]:
    """The rounds that the release drew on, by its data card."""
    ids = [each["id"] for each in release.data_card.get("rounds", [])]
    return Round.objects.filter(project=release.project, public_id__in=ids)


def label_page(release: GoldRelease, *, start: int, size: int) -> list[tuple[LabelRecord, str]]:
    """Labels from `start` on, each with its item's public id.

    A release never changes, so a place in it is a fixed address.
    """
    rows = labels_of(release).order_by("pk").values_list(*LABEL_COLUMNS, "item__public_id")
    return [(record_from(row[:-1]), row[-1]) for row in rows[start : start + size]]
