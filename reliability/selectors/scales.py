"""What a criterion's values are, as the statistics need them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.criteria import CriterionSpec, specs_of, tidy
from annotation.models import Round
from annotation.values import PAIR, TIE
from reliability.stats import Level
from rubrics.choices import Kind
from rubrics.models import Criterion

Point = str | int | float | frozenset[str] | tuple[str, ...]

# Kinds whose rating is one point of a scale fixed by the rubric: counted in the database.
POINT_KINDS = frozenset({Kind.ORDINAL, Kind.CATEGORICAL, Kind.PAIRWISE})
# Kinds whose values are only known from the ratings.
FREE_KINDS = frozenset({Kind.NUMERIC, Kind.MULTI_LABEL, Kind.RANKING})
ORDERED = frozenset({Level.ORDINAL, Level.INTERVAL, Level.RATIO})


@dataclass(frozen=True, slots=True)
class Scale:
    """A criterion with its scale. `points` is empty where ratings decide which values exist.

    pk: the criterion; points: in the order of the rubric, a tie between the two responses;
    labels: the anchors' words; per: what it is asked of, "" for the item as a whole.
    """

    pk: int
    key: str
    question: str
    kind: str
    level: Level
    tier: str
    weight: float
    points: tuple[Point, ...]
    labels: tuple[str, ...]
    per: str = ""

    @property
    def is_ordered(self) -> bool:
        return self.level in ORDERED

    @property
    def is_free(self) -> bool:
        """Whether only the ratings tell which values exist."""
        return self.kind in FREE_KINDS

    @property
    def stored_points(self) -> tuple[Point, ...]:
        """The points in the order in which ratings number them."""
        if self.kind == Kind.PAIRWISE:
            return tuple(point for point in (*PAIR, TIE) if point in self.points)
        return self.points

    def label_of(self, point: Point) -> str:
        if point in self.points:
            return self.labels[self.points.index(point)]
        return ""


def scales_of(round_: Round) -> tuple[Scale, ...]:
    """The scales of the round's rubric version, in the rubric's order."""
    specs = {spec.key: spec for spec in specs_of(round_.rubric_version)}
    criteria = Criterion.objects.filter(version=round_.rubric_version).order_by("position")
    return tuple(_scale(criterion, specs[criterion.key]) for criterion in criteria)


def _scale(criterion: Criterion, spec: CriterionSpec) -> Scale:
    points = _points(spec)
    return Scale(
        pk=criterion.pk,
        key=criterion.key,
        question=criterion.question,
        kind=criterion.kind,
        level=Level(criterion.level),
        tier=criterion.tier,
        weight=criterion.weight,
        points=points,
        labels=_labels(spec, points),
        per=spec.per,
    )


def _points(spec: CriterionSpec) -> tuple[Point, ...]:
    if spec.kind == Kind.PAIRWISE:
        # A tie lies between the two decisions.
        return (PAIR[0], TIE, PAIR[1]) if spec.option("tie", True) else PAIR
    if spec.kind not in POINT_KINDS:
        return ()
    # Numbers only if all are: a scale that mixes words and numbers is a scale of words.
    numbers = [anchor.number for anchor in spec.anchors]
    if all(number is not None for number in numbers):
        return tuple(tidy(number) for number in numbers if number is not None)
    return tuple(anchor.value for anchor in spec.anchors)


def _labels(spec: CriterionSpec, points: Sequence[Point]) -> tuple[str, ...]:
    if spec.kind == Kind.PAIRWISE:
        # As the page that shows the item calls its responses.
        words = {PAIR[0]: _("A is better"), TIE: _("Tie"), PAIR[1]: _("B is better")}
        return tuple(words[str(point)] for point in points)
    if len(spec.anchors) != len(points):
        return tuple("" for _point in points)
    return tuple(anchor.label for anchor in spec.anchors)
