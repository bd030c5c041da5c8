"""Active time as it counts for statements: what browsers measured, within what is possible.

A browser measures how long somebody worked on an item, and could say anything. A revision counts
at most the time from when the item was first handed out (for a change: from the revision before
it) to when the server received it. First, because work that was begun under a lease that ran out
goes on when the item is handed out again.
"""

from typing import Any

from django.db.models import DateTimeField, Exists, F, FloatField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Func, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from annotation.models import JudgmentRevision, Return

# Revisions with what measured_revisions() adds to each.
type Measured = QuerySet[Any]


class SecondsBetween(Func):
    """Seconds from the first instant to the second, by the database's own clock arithmetic."""

    output_field = FloatField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(julianday(%(second)s) - julianday(%(first)s)) * 86400.0"
        return self._written(compiler, template)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._written(compiler, "EXTRACT(EPOCH FROM (%(second)s - %(first)s))::float8")

    def _written(self, compiler: Any, template: str) -> tuple[str, list[Any]]:
        first, second = self.get_source_expressions()
        first_sql, first_values = compiler.compile(first)
        second_sql, second_values = compiler.compile(second)
        sql = template % {"first": first_sql, "second": second_sql}
        return sql, [*second_values, *first_values]


def measured_revisions() -> Measured:
    """Revisions of judgments made here, each with `claimed`, `possible` and `seconds`, what counts
    of them. `is_waiting`: the judgment was returned, and its rater has not answered yet."""
    before = JudgmentRevision.objects.filter(
        judgment=OuterRef("judgment"), number=OuterRef("number") - 1
    )
    waiting = Return.objects.filter(judgment=OuterRef("judgment"), resolved_at__isnull=True)
    return (
        JudgmentRevision.objects.filter(judgment__round__is_imported=False)
        .annotate(
            claimed=Cast(KT("body__seconds_spent"), FloatField()),
            since=Coalesce(
                Subquery(before.values("created_at")),
                F("judgment__assignment__first_leased_at"),
                F("judgment__assignment__leased_at"),
                output_field=DateTimeField(),
            ),
        )
        .annotate(possible=SecondsBetween(F("since"), F("created_at")))
        .annotate(
            seconds=Greatest(Least(Coalesce("claimed", Value(0.0)), "possible"), Value(0.0)),
            is_waiting=Exists(waiting),
        )
    )
