"""What can stop a release, an export or a run of scores. Every message names the fix."""

from collections.abc import Sequence

from accounts.errors import Conflict, Invalid


class OpenCases(Invalid):
    """Labels that nobody has decided yet. `first` names some of them: (item, criterion, why)."""

    code = "open_cases"

    def __init__(self, detail: str, *, count: int, first: Sequence[tuple[str, str, str]]) -> None:
        listed = [f"{item} / {criterion}: {why}" for item, criterion, why in first]
        super().__init__(detail, fields={"open": listed})
        self.count = count
        self.first = list(first)


class RoundStillOpen(Invalid):
    code = "round_open"


class NothingToRelease(Invalid):
    code = "nothing_to_release"


class ContentChanged(Conflict):
    """An item is no longer what its raters saw; its content can't be exported with the label."""

    code = "content_changed"


class FormatLimit(Invalid):
    """The format can't hold the data; the message names one that can."""

    code = "format_limit"


class ScoresRefused(Invalid):
    """Nothing of the file was taken. `rows` says for each bad row which field and why."""

    code = "scores_refused"

    def __init__(self, detail: str, *, rows: Sequence[dict[str, object]] = ()) -> None:
        super().__init__(detail)
        self.rows = list(rows)
