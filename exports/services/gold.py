"""Cutting a gold release: everything is built first, then stored once, in one transaction."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Project, User
from accounts.services.audit import record
from annotation.choices import RoundState
from annotation.models import Round
from annotation.parts import part_label
from exports.errors import NothingToRelease, OpenCases, RoundStillOpen
from exports.labelling import Open
from exports.models import GoldLabel, GoldRelease
from exports.records import LabelKey
from exports.selectors.gold import latest_release
from exports.services.changes import changes_since
from exports.services.data_card import card_of_evidence, data_card
from exports.services.survey import Heartbeat, Survey, Terms, spooled, survey_rounds
from exports.splits import split_salt

BATCH = 500


def release_gold(
    *,
    project: Project,
    rounds: Sequence[Round],
    actor: User | None,
    note: str = "",
    name: str = "",
    criteria: Sequence[str] | None = None,
    skip_open: bool = False,
    allow_open_round: bool = False,
    min_ratings: int = 1,
    cut_key: str = "",
    heartbeat: Heartbeat | None = None,
) -> GoldRelease:
    """Cut the project's next release from `rounds`.

    `criteria`: keys to release, all by default. `skip_open`: leave undecided labels out instead
    of refusing them. `cut_key`: the same key again returns the release it made.

    Raises NothingToRelease, RoundStillOpen and OpenCases; nothing is stored then.
    """
    done = _already_cut(project, cut_key)
    if done is not None:
        return done
    terms = Terms(tuple(criteria or ()), skip_open, min_ratings)
    _check_rounds(project, rounds, allow_open_round=allow_open_round)
    with TemporaryFile() as spool:
        salt = split_salt(project.public_id)
        found = survey_rounds(rounds, terms=terms, salt=salt, spool=spool, heartbeat=heartbeat)
        _refuse_open(found, terms)
        _refuse_empty(found)
        release = GoldRelease(
            project=project,
            name=name,
            note=note,
            split_salt=salt,
            canary=f"concord-gold-canary-{uuid4()}",
            n_labels=found.n_labels,
            content_hash=found.sha256,
            software_version=settings.SOFTWARE_VERSION,
            created_by=actor,
            cut_key=cut_key,
        )
        card = card_of_evidence(found, terms=terms, rounds=rounds)
        # Compared before the lock is taken; it seldom has to be done again.
        since = latest_release(project)
        compared = _Compared(since, changes_since(since, spool))
        return _store(release, found, card=card, compared=compared, spool=spool)


def plan_release(
    *,
    project: Project,
    rounds: Sequence[Round],
    criteria: Sequence[str] | None = None,
    min_ratings: int = 1,
    heartbeat: Heartbeat | None = None,
) -> Survey:
    """What `release_gold` would make of `rounds`, open labels left out and counted."""
    terms = Terms(tuple(criteria or ()), skip_open=True, min_ratings=min_ratings)
    return survey_rounds(
        rounds, terms=terms, salt=split_salt(project.public_id), heartbeat=heartbeat
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    previous: GoldRelease | None
    changes: dict[str, Any] | None


@transaction.atomic
def _store(
    release: GoldRelease,
    found: Survey,
    *,
    card: dict[str, Any],
    compared: _Compared,
    spool: IO[bytes],
) -> GoldRelease:
    # The lock gives releases cut at the same time different numbers, one after the other.
    project = Project.objects.select_for_update().get(pk=release.project_id)
    done = _already_cut(project, release.cut_key)
    if done is not None:
        return done
    previous = latest_release(project)
    release.number = previous.number + 1 if previous else 1
    if previous != compared.previous:
        compared = _Compared(previous, changes_since(previous, spool))
    release.data_card = data_card(release, card, changes=compared.changes)
    release.save(force_insert=True)
    for labels in batched(_labels(release, spool), BATCH):
        GoldLabel.objects.bulk_create(labels)
    record(
        actor=release.created_by,
        action="gold.released",
        target=release,
        project=project,
        data={
            "number": release.number,
            "labels": release.n_labels,
            "left_out": found.left_out.total(),
            "rounds": [round_["id"] for round_ in card["rounds"]],
            "content_hash": release.content_hash,
        },
    )
    return release


def _labels(release: GoldRelease, spool: IO[bytes]) -> Iterator[GoldLabel]:
    for item, criterion, round_, line in spooled(spool):
        label: dict[str, Any] = json.loads(line)
        yield GoldLabel(
            release=release,
            item_id=item,
            criterion_id=criterion,
            round_id=round_,
            part=label.get("part", ""),
            value=label["value"],
            distribution=label["distribution"],
            origin=label["origin"],
            split=label["split"],
            n_ratings=label["n_ratings"],
            provenance={name: label[name] for name in ("item", "ratings", "decision")},
        )


def _already_cut(project: Project, cut_key: str) -> GoldRelease | None:
    if not cut_key:
        return None
    return GoldRelease.objects.filter(project=project, cut_key=cut_key).first()


def _check_rounds(project: Project, rounds: Sequence[Round], *, allow_open_round: bool) -> None:
    if not rounds:
        raise NothingToRelease(
            _("No round is given, and no production round is closed. Close one, or name rounds.")
        )
    foreign = [round_.name for round_ in rounds if round_.project_id != project.pk]
    if foreign:
        raise NothingToRelease(
            _("These rounds belong to another project: %(names)s.") % {"names": ", ".join(foreign)}
        )
    running = [round_.name for round_ in rounds if round_.state != RoundState.CLOSED]
    if running and not allow_open_round:
        raise RoundStillOpen(
            _(
                "Not closed yet: %(names)s. Close it first, or take its judgments as they are "
                "(--allow-open-round)."
            )
            % {"names": ", ".join(running)}
        )


OPEN_REASONS = {
    Open.UNDECIDED: gettext_lazy("case not decided"),
    Open.NO_MAJORITY: gettext_lazy("no majority, not decided"),
    Open.ONLY_ABSTENTIONS: gettext_lazy("every rater abstained, not decided"),
}


def _refuse_open(found: Survey, terms: Terms) -> None:
    if not found.n_open or terms.skip_open:
        return
    first = [
        (_named(each.key), each.key.criterion, str(OPEN_REASONS[each.reason]))
        for each in found.first_open
    ]
    shown = "; ".join(f"{item} / {criterion} ({why})" for item, criterion, why in first)
    more = found.n_open - len(first)
    if more:
        shown += ngettext("; and %(n)d more", "; and %(n)d more", more) % {"n": more}
    detail = ngettext(
        "%(n)d label is open: %(shown)s. Decide it in adjudication, or leave it out (--skip-open).",
        "%(n)d labels are open: %(shown)s. Decide them in adjudication, or leave them out "
        "(--skip-open).",
        found.n_open,
    ) % {"n": found.n_open, "shown": shown}
    raise OpenCases(detail, count=found.n_open, first=first)


def _named(key: LabelKey) -> str:
    return f"{key.item_id} · {part_label(key.part)}" if key.part else key.item_id


def _refuse_empty(found: Survey) -> None:
    if found.n_labels:
        return
    if found.left_out:
        raise NothingToRelease(
            _("Nothing is left to release: %(n)d labels were left out.")
            % {"n": found.left_out.total()}
        )
    raise NothingToRelease(
        _("These rounds hold no independent judgments yet. Judge some items first.")
    )
