"""Simulated people at work in real rounds: leases, submissions, breaks and nights."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import numpy as np

from annotation.criteria import specs_of
from annotation.models import Assignment, Rater, Round, Slot
from annotation.services.assignment import next_assignment
from annotation.services.judgments import submit_judgment
from annotation.services.leases import recompute_lease
from exports.services.demo.cast import Cast
from exports.services.demo.material import Material
from exports.services.demo.simulation import (
    SEED,
    SimulatedJudgment,
    Text,
    Value,
    simulate_judgment,
)
from rubrics.choices import Kind

DAY_STARTS_AT = timedelta(hours=9)
LATEST_START = timedelta(hours=5)


@dataclass(frozen=True)
class WorkPlan:
    """How a round is worked on: from the morning of `first_day`, `share` of its judgments."""

    text: Text
    first_day: datetime
    n_days: int
    share: float = 1.0


@dataclass(order=True)
class _Worker:
    """A rater's own time; the one whose next moment is earliest works next."""

    moment: datetime
    code: str
    rater: Rater = field(compare=False)
    rng: np.random.Generator = field(compare=False)
    n_today: int = field(default=0, compare=False)


def work(round_: Round, *, cast: Cast, material: Material, plan: WorkPlan) -> int:
    """Judgments as the six raters would submit them; how many."""
    wanted = math.ceil(plan.share * Slot.objects.filter(round=round_).count())
    a_day = math.ceil(wanted / len(cast.raters) / plan.n_days)
    workers = [_arrive(rater, round_, plan) for rater in cast.raters]
    heapq.heapify(workers)
    n_done = 0
    while workers and n_done < wanted:
        worker = heapq.heappop(workers)
        assignment = next_assignment(round_=round_, rater=worker.rater, now=worker.moment)
        if assignment is None:
            continue
        _judge(assignment, worker, cast=cast, material=material, text=plan.text)
        n_done += 1
        _go_on(worker, plan, a_day=a_day)
        heapq.heappush(workers, worker)
    recompute_lease(round_=round_)
    return n_done


def _arrive(rater: Rater, round_: Round, plan: WorkPlan) -> _Worker:
    rng = np.random.default_rng([SEED, crc32(round_.name.encode()), crc32(rater.code.encode())])
    return _Worker(_morning(plan.first_day, rng), rater.code, rater, rng)


def _morning(day: datetime, rng: np.random.Generator) -> datetime:
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + DAY_STARTS_AT + float(rng.random()) * LATEST_START


def _go_on(worker: _Worker, plan: WorkPlan, *, a_day: int) -> None:
    """A short breath between two items, or the next morning when the day's share is done."""
    worker.n_today += 1
    if worker.n_today < a_day:
        worker.moment += timedelta(seconds=float(worker.rng.lognormal(1.5, 0.8)))
    else:
        worker.n_today = 0
        worker.moment = _morning(worker.moment + timedelta(days=1), worker.rng)


def _judge(
    assignment: Assignment, worker: _Worker, *, cast: Cast, material: Material, text: Text
) -> None:
    item_id = assignment.item.external_id
    profile = cast.profiles[worker.rater.pk]
    answer = simulate_judgment(
        rater=profile,
        item_id=item_id,
        truth=material.truths[item_id],
        text=text,
        comments=material.comments,
    )
    worker.moment += timedelta(seconds=answer.seconds_spent)
    submit_judgment(
        assignment=assignment,
        body=submission_body(assignment, answer),
        author=cast.users[profile.email],
        now=worker.moment,
    )


def submission_body(assignment: Assignment, answer: SimulatedJudgment) -> dict[str, Any]:
    """As the labeling page would send it: pairwise values name the sides as shown."""
    return {
        "ratings": dict(_ratings(assignment, answer)),
        "rationale": answer.rationale,
        "confidence": answer.confidence,
        "seconds_spent": answer.seconds_spent,
    }


def _ratings(assignment: Assignment, answer: SimulatedJudgment) -> Iterator[tuple[str, Any]]:
    for spec in specs_of(assignment.round.rubric_version):
        if answer.abstention and spec.kind != Kind.TEXT:
            yield spec.key, {"abstain": True, "reason": answer.abstention}
        elif spec.key in answer.ratings:
            value = answer.ratings[spec.key]
            is_side = spec.kind == Kind.PAIRWISE
            yield spec.key, _as_shown(value, assignment) if is_side else value


def _as_shown(value: Value, assignment: Assignment) -> Value:
    """`response_1` of the item, as the rater who sees the sides in another order would say it."""
    if value == "tie" or not assignment.side_order:
        return value
    place = int(str(value).removeprefix("response_")) - 1
    return f"response_{assignment.side_order.index(place) + 1}"
