"""What the engine refuses, as opposed to what it finds undefined."""


class StatisticsError(ValueError):
    """Base of every error the engine raises on purpose."""


class InvalidCountsError(StatisticsError):
    """Counts are negative, not whole, or of the wrong shape."""


class InvalidScaleError(StatisticsError):
    """The points of a scale repeat, or a value lies off the declared scale."""


class TooManyValuesError(InvalidScaleError):
    """So many distinct values that counting them would not fit in memory."""


class InvalidRatingsError(StatisticsError):
    """The long form is malformed: unequal lengths, missing keys."""


class ConflictingRatingsError(InvalidRatingsError):
    """A rater gave one unit two different values.

    `rows` holds 0-based positions in the long form, in pairs: the first
    rating and the one that contradicts it.
    """

    def __init__(self, rows: list[tuple[int, int]], n_conflicts: int) -> None:
        self.rows = rows
        self.n_conflicts = n_conflicts
        super().__init__(f"{n_conflicts} rater and unit pairs hold different values")


class ConflictingGroupsError(InvalidRatingsError):
    """A unit belongs to two groups. `unit` is its label, `groups` theirs."""

    def __init__(self, unit: object, groups: tuple[object, object]) -> None:
        self.unit, self.groups = unit, groups
        super().__init__(f"unit {unit!r} is in two groups, {groups[0]!r} and {groups[1]!r}")


class InvalidSpansError(StatisticsError):
    """A passage is empty, runs backwards or reaches beyond its text."""


class UnknownNameError(StatisticsError):
    """No coefficient, metric, weighting or interval of that name."""
