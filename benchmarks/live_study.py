"""A round at work of any size, written by the database itself, PostgreSQL or SQLite."""

import math
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Project
from annotation.choices import AssignmentPolicy, BatchState, RoundKind, RoundState
from annotation.models import Assignment, Batch, Flag, Rater, Round, RoundRater
from rubrics.choices import VersionState
from rubrics.models import Rubric, RubricVersion

N_RATERS = 100
OVERLAP = 3
DAYS = 10
# Leased now, beyond what is judged; every hundredth of them is asked about.
N_IN_HAND = 300

_NUMBERS = {
    "postgresql": "CREATE TEMPORARY TABLE place AS SELECT generate_series(0, %(most)s - 1) AS n",
    "sqlite": """
CREATE TEMPORARY TABLE place AS
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < %(most)s - 1)
SELECT n FROM counted
""",
}
_ITEMS = """
INSERT INTO annotation_item (public_id, project_id, batch_id, external_id, content, sources,
  reference, slices, meta, n_responses, "group", content_hash, problems, created_at)
SELECT %(prefix)s || 'i' || n, %(project)s, %(batch)s, 'item-' || n,
  '{"messages": [], "responses": [{"text": "An answer."}], "contexts": []}', '[]', NULL, '{}',
  '{}', 1, '', '', '', %(now)s
FROM place WHERE n < %(n_items)s ORDER BY n
"""
_SLOTS = """
INSERT INTO annotation_slot (round_id, item_id, ordinal, position, state, purpose)
SELECT %(round)s, %(first_item)s + n / {overlap}, n %% {overlap}, n,
  CASE WHEN n < %(n_judgments)s THEN 'filled' ELSE 'taken' END, 'ordinary'
FROM place ORDER BY n
"""
_ASSIGNMENTS = """
INSERT INTO annotation_assignment (public_id, slot_id, round_id, item_id, rater_id, state,
  is_surplus, side_order, display_hash, leased_at, lease_expires_at, submitted_at)
SELECT %(prefix)s || 'a' || position, id, round_id, item_id,
  %(first_rater)s + (position / {overlap} * 7 + ordinal) %% {n_raters},
  CASE state WHEN 'filled' THEN 'submitted' ELSE 'leased' END, %(no)s, '[0]', '', %(now)s,
  %(lease_end)s, CASE state WHEN 'filled' THEN %(now)s END
FROM annotation_slot WHERE round_id = %(round)s ORDER BY position
"""
_JUDGMENTS = """
INSERT INTO annotation_judgment (public_id, assignment_id, round_id, item_id, rater_id,
  rubric_version_id, revision, rationale, seconds_spent, submitted_at)
SELECT a.public_id, a.id, a.round_id, a.item_id, a.rater_id, %(version)s, 1, '',
  3 + s.position %% 40, CASE WHEN s.position < %(n_before)s THEN {before} ELSE {lately} END
FROM annotation_assignment a JOIN annotation_slot s ON s.id = a.slot_id
WHERE a.round_id = %(round)s AND a.state = 'submitted' ORDER BY s.position
"""
# Seconds after the first judgment, and before now, as each database adds them to an instant.
_BEFORE = "CAST(s.position * %(step)s AS double precision)"
_LATELY = "(s.position * 17 %% 3500)"
_PLUS = {
    "postgresql": "CAST(%(start)s AS timestamptz) + {seconds} * interval '1 second'",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', %(start)s, '+' || {seconds} || ' seconds')",
}
_MINUS = {
    "postgresql": "CAST(%(now)s AS timestamptz) - {seconds} * interval '1 second'",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f000', %(now)s, '-' || {seconds} || ' seconds')",
}


def round_at_work(name: str, *, n_judgments: int, n_last_hour: int) -> Round:
    """`n_judgments` of `N_RATERS` raters, `n_last_hour` of them in the last hour."""
    project = Project.objects.create(slug=name, name=name)
    n_places = n_judgments + N_IN_HAND
    n_items = math.ceil(n_places / OVERLAP)
    round_ = _round(project, _version(project), n_items)
    start = round_.opened_at
    assert start is not None
    _fill(
        {
            "prefix": name,
            "project": project.pk,
            "batch": _batch(project).pk,
            "round": round_.pk,
            "version": round_.rubric_version_id,
            "first_rater": _first_rater(round_),
            "most": n_places,
            "n_items": n_items,
            "n_judgments": n_judgments,
            "n_before": n_judgments - n_last_hour,
            "now": timezone.now(),
            "start": start,
            # Up to the beginning of the last hour.
            "step": (DAYS * 86_400 - 3_700) / max(1, n_judgments - n_last_hour),
            "lease_end": timezone.now() + timedelta(minutes=10),
            "no": False,
        }
    )
    _ask(round_)
    return round_


def _version(project: Project) -> RubricVersion:
    rubric = Rubric.objects.create(project=project, key="study", title="Study")
    version = RubricVersion.objects.create(rubric=rubric, number=1, title="Study")
    RubricVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, published_at=timezone.now(), content_hash="0" * 64
    )
    return version


def _round(project: Project, version: RubricVersion, n_items: int) -> Round:
    return Round.objects.create(
        project=project,
        name=project.name,
        kind=RoundKind.PRODUCTION,
        rubric_version=version,
        state=RoundState.OPEN,
        policy=AssignmentPolicy.OVERLAP,
        policy_options={"n_items": n_items},
        overlap=OVERLAP,
        least_seconds=5,
        seed=1,
        opened_at=timezone.now() - timedelta(days=DAYS),
    )


def _first_rater(round_: Round) -> int:
    raters = Rater.objects.bulk_create(
        Rater(project=round_.project, code=f"R{n:03}") for n in range(N_RATERS)
    )
    RoundRater.objects.bulk_create(RoundRater(round=round_, rater=each) for each in raters)
    return min(each.pk for each in raters)


def _batch(project: Project) -> Batch:
    return Batch.objects.create(
        project=project,
        name="batch",
        original_name="batch.jsonl",
        sha256="0" * 64,
        state=BatchState.ACCEPTED,
    )


def _fill(given: dict[str, Any]) -> None:
    vendor = connection.vendor
    parts = {
        "overlap": OVERLAP,
        "n_raters": N_RATERS,
        "before": _PLUS[vendor].format(seconds=_BEFORE),
        "lately": _MINUS[vendor].format(seconds=_LATELY),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS place")
        cursor.execute(_NUMBERS[vendor], given)
        cursor.execute(_ITEMS, given)
        cursor.execute("SELECT MIN(id) FROM annotation_item WHERE project_id = %(project)s", given)
        given["first_item"] = cursor.fetchone()[0]
        for statement in (_SLOTS, _ASSIGNMENTS, _JUDGMENTS):
            cursor.execute(statement.format(**parts), given)
        cursor.execute("ANALYZE")


def _ask(round_: Round) -> None:
    held = Assignment.objects.filter(round=round_, state="leased")
    Flag.objects.bulk_create(
        Flag(round=round_, assignment=each, rater_id=each.rater_id, question="Why?")
        for each in held[: N_IN_HAND // 100]
    )
