"""From what a lead chose on the page to a plan, and from the plan to a round."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Project, User
from annotation.models import Batch, Item, Round
from annotation.selectors.rounds import items_for_round
from annotation.services.roster import rater_for
from annotation.services.rounds import RoundPlan, open_planned


@dataclass(frozen=True, slots=True)
class Choice:
    """Which items: those of any of `batches`, or with any of the values of each slice."""

    batches: Sequence[Batch] = ()
    slices: Sequence[tuple[str, str]] = ()

    def items(self, project: Project) -> QuerySet[Item] | None:
        """None: all items of the project."""
        if self.batches:
            return items_for_round(project, batches=self.batches)
        if not self.slices:
            return None
        values: dict[str, list[str]] = defaultdict(list)
        for name, value in self.slices:
            values[name].append(value)
        items = items_for_round(project)
        for name, wanted in values.items():
            fitting = Q(pk__in=[])
            for value in wanted:
                having = items_for_round(project, slices={name: value})
                fitting |= Q(pk__in=having.order_by().values("pk"))
            items = items.filter(fitting)
        return items

    def in_words(self) -> dict[str, Any]:
        """What is kept with the round."""
        if self.batches:
            return {"batches": [batch.public_id for batch in self.batches]}
        if self.slices:
            return {"slices": [[name, value] for name, value in self.slices]}
        return {}


def open_chosen(plan: RoundPlan, people: list[User] | None, *, actor: User) -> Round:
    """Open the plan's round for `people` (None: every annotator), who become raters now.

    Raises RoundRefused and RoundExists, as `open_planned` does.
    """
    if people is not None:
        raters = [rater_for(user=user, project=plan.project) for user in people]
        plan = replace(plan, raters=raters)
    return open_planned(plan, actor=actor)
