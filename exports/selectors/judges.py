"""Reads judges, their runs and their scores."""

from django.db.models import Count, Max, QuerySet

from accounts.models import Project
from exports.models import Judge, JudgeRun, JudgeScore


def judges_of(project: Project) -> QuerySet[Judge]:
    """With `n_runs` and `last_run_at`, by name."""
    return (
        Judge.objects.filter(project=project)
        .annotate(n_runs=Count("runs"), last_run_at=Max("runs__created_at"))
        .order_by("name")
    )


def runs_of(judge: Judge) -> QuerySet[JudgeRun]:
    return JudgeRun.objects.filter(judge=judge).select_related("created_by").order_by("-pk")


def project_runs(project: Project) -> QuerySet[JudgeRun]:
    return JudgeRun.objects.filter(judge__project=project).select_related("judge").order_by("-pk")


def dimensions_of(run: JudgeRun) -> list[tuple[str, int]]:
    """How many scores each dimension has, by name."""
    scores = JudgeScore.objects.filter(run=run).values_list("criterion_key")
    return list(scores.annotate(n=Count("pk")).order_by("criterion_key"))


def values_of(run: JudgeRun, dimension: str, *, at_most: int) -> list[tuple[object, int]] | None:
    """How often each value was given; None where there are more than `at_most` different ones."""
    scores = JudgeScore.objects.filter(run=run, criterion_key=dimension).values_list("value")
    counted = list(scores.annotate(n=Count("pk")).order_by("value")[: at_most + 1])
    return counted if len(counted) <= at_most else None
