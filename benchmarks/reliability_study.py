"""A judged round of any size, written by the database itself: PostgreSQL's generate_series.

Items bring four models, five languages, three domains, a date of their own and texts of any
length; five batches come from two vendors. Every item has three judgments of twelve raters, who
differ in how often they miss what is true of an item.
"""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Project, Vendor
from annotation.choices import AssignmentPolicy, BatchState, RoundKind, RoundState
from annotation.models import Batch, Rater, Round
from rubrics.choices import Kind, Level, VersionState
from rubrics.models import Anchor, Criterion, Rubric, RubricVersion

N_RATERS = 12
OVERLAP = 3
N_BATCHES = 5

_ITEMS = """
INSERT INTO annotation_item (public_id, project_id, batch_id, external_id, content, sources,
  reference, slices, meta, n_responses, "group", content_hash, created_at, archived_at)
SELECT %(prefix)s || '-i' || i, %(project)s, (%(batches)s)[1 + i %% {n_batches}],
  'item-' || i,
  jsonb_build_object('messages', jsonb_build_array(jsonb_build_object(
      'role', 'user', 'content', 'Question ' || i)),
    'responses', jsonb_build_array(jsonb_build_object(
      'text', repeat('word ', 1 + (i * 37) %% 400))),
    'contexts', '[]'::jsonb),
  jsonb_build_array(jsonb_build_object('model', 'model-' || i %% 4)),
  NULL,
  jsonb_build_object('language', (ARRAY['en','de','fr','ja','ar'])[1 + (i / 4) %% 5],
    'domain', (ARRAY['law','code','news'])[1 + (i / 20) %% 3]),
  jsonb_build_object('prompt_id', i),
  1, '', md5(i::text) || md5('x' || i), now(), NULL
FROM generate_series(0, %(n_items)s - 1) AS i
"""
_ASSIGNMENTS = """
INSERT INTO annotation_assignment (public_id, slot_id, round_id, item_id, rater_id, state,
  is_surplus, side_order, display_hash, leased_at, lease_expires_at, submitted_at)
SELECT %(prefix)s || '-a' || item.id || '-' || place, NULL, %(round)s, item.id,
  (%(raters)s)[1 + (item.id * 5 + place * (1 + item.id %% 3)) %% {n_raters}], 'submitted', false,
  '[0]', '', now(), now(), %(start)s + (item.id %% 90) * interval '1 day'
FROM annotation_item item, generate_series(0, {overlap} - 1) AS place
WHERE item.project_id = %(project)s
ORDER BY item.id %% 90, place
"""
_JUDGMENTS = """
INSERT INTO annotation_judgment (public_id, assignment_id, round_id, item_id, rater_id,
  rubric_version_id, revision, rationale, confidence, seconds_spent, submitted_at, locked_at)
SELECT public_id, id, round_id, item_id, rater_id, %(version)s, 1, '', NULL, 20, submitted_at, NULL
FROM annotation_assignment WHERE round_id = %(round)s ORDER BY id
"""
_RATINGS = """
INSERT INTO annotation_rating (judgment_id, criterion_id, round_id, item_id, rater_id, value,
  point, number, is_abstention, abstention_reason, basis)
SELECT judgment_id, criterion_id, %(round)s, item_id, rater_id, to_jsonb(1 + point), point,
  1 + point, false, '', 0
FROM (
  SELECT judgment.id AS judgment_id, criterion.id AS criterion_id, judgment.item_id,
    judgment.rater_id,
    GREATEST(0, LEAST(4,
      abs(hashint8(judgment.item_id * 31 + criterion.id)) %% 5
      + CASE abs(hashint8(judgment.id * 131 + criterion.id)) %% (7 + judgment.rater_id %% 4)
        WHEN 0 THEN 1 WHEN 1 THEN -1 WHEN 2 THEN 2 ELSE 0 END)) AS point
  FROM annotation_judgment judgment, rubrics_criterion criterion
  WHERE judgment.round_id = %(round)s AND criterion.version_id = %(version)s
) AS judged
ORDER BY judgment_id, criterion_id
"""
TABLES = ("item", "assignment", "judgment", "rating")


def judged_round(name: str, *, n_ratings: int, n_criteria: int) -> Round:
    """A closed round of (about) `n_ratings` ratings in a project of its own."""
    project = Project.objects.create(slug=name, name=name)
    version = _version(project, n_criteria)
    round_ = Round.objects.create(
        project=project,
        name=name,
        kind=RoundKind.PRODUCTION,
        rubric_version=version,
        state=RoundState.CLOSED,
        policy=AssignmentPolicy.OVERLAP,
        overlap=OVERLAP,
        seed=1,
        opened_at=timezone.now(),
        closed_at=timezone.now(),
    )
    raters = [Rater(project=project, code=f"R{n:02}") for n in range(N_RATERS)]
    _fill(
        {
            "prefix": name,
            "project": project.pk,
            "version": version.pk,
            "round": round_.pk,
            "batches": [batch.pk for batch in _batches(project)],
            "raters": [rater.pk for rater in Rater.objects.bulk_create(raters)],
            "n_items": n_ratings // (n_criteria * OVERLAP),
            "start": timezone.now() - timedelta(days=90),
        }
    )
    return round_


def _version(project: Project, n_criteria: int) -> RubricVersion:
    rubric = Rubric.objects.create(project=project, key="study", title="Study")
    version = RubricVersion.objects.create(rubric=rubric, number=1, title="Study")
    for place in range(n_criteria):
        criterion = Criterion.objects.create(
            version=version,
            position=place,
            key=f"criterion-{place}",
            question=f"Question {place}?",
            kind=Kind.ORDINAL,
            level=Level.ORDINAL if place % 2 else Level.NOMINAL,
        )
        Anchor.objects.bulk_create(
            Anchor(criterion=criterion, position=at, value=str(at + 1), number=at + 1)
            for at in range(5)
        )
    RubricVersion.objects.filter(pk=version.pk).update(
        state=VersionState.PUBLISHED, published_at=timezone.now(), content_hash="0" * 64
    )
    return version


def _batches(project: Project) -> list[Batch]:
    vendors = [Vendor.objects.create(slug=f"{project.slug}-{n}", name=f"Vendor {n}") for n in "AB"]
    return [
        Batch.objects.create(
            project=project,
            vendor=vendors[place % 2],
            name=f"batch {place}",
            original_name=f"batch{place}.jsonl",
            sha256=f"{place:064x}",
            state=BatchState.ACCEPTED,
        )
        for place in range(N_BATCHES)
    ]


def _fill(parameters: dict[str, Any]) -> None:
    sizes = {"n_batches": N_BATCHES, "n_raters": N_RATERS, "overlap": OVERLAP}
    with connection.cursor() as cursor:
        for statement in (_ITEMS, _ASSIGNMENTS, _JUDGMENTS, _RATINGS):
            cursor.execute(statement.format(**sizes), parameters)
        for table in TABLES:
            cursor.execute(f"ANALYZE annotation_{table}")
