"""The figures of several rounds, side by side, as plain values."""

from dataclasses import asdict, dataclass
from typing import Any

from reliability.services.figures import Comparison, Figure


@dataclass(frozen=True, slots=True)
class RoundColumn:
    """A round that is compared. computed_at is None while its figures are being computed."""

    public_id: str
    name: str
    kind: str
    rubric: str
    version: str
    state: str
    n_items: int
    is_stale: bool
    computed_at: str | None


@dataclass(frozen=True, slots=True)
class TrackCell:
    """A criterion's alpha in one round; `figure` is None where the round has none.

    change: this round minus the one before that has the criterion on the same points;
    is_paired: the two share items, and the interval of the change knows it.
    is_new_version: the rubric version differs from that round's.
    """

    round: str
    figure: Figure | None
    change: Comparison | None = None
    is_paired: bool = False
    is_new_version: bool = False


@dataclass(frozen=True, slots=True)
class CriterionTrack:
    """One criterion through the rounds; `cells` has one for each, in their order.

    points_differ: the rounds do not all use the same scale. pooled: over the items of all
    rounds in `pooled_rounds`, which are of the rubric versions in `pooled_versions`: one,
    unless mixing was asked for; why_not_pooled says why there is none.
    """

    key: str
    question: str
    tier: str
    points_differ: bool
    cells: tuple[TrackCell, ...]
    pooled: Figure | None = None
    pooled_versions: tuple[str, ...] = ()
    pooled_rounds: tuple[str, ...] = ()
    why_not_pooled: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """Several rounds of a project, oldest first, and what became of each criterion.

    is_mixed: figures were asked for across rubric versions.
    """

    rounds: tuple[RoundColumn, ...]
    criteria: tuple[CriterionTrack, ...]
    is_mixed: bool = False

    def criterion(self, key: str) -> CriterionTrack | None:
        return next((each for each in self.criteria if each.key == key), None)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
