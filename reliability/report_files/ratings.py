"""ratings.csv: every rating that a report counts, in long form."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from reliability.report_files.cells import csv_cell
from reliability.selectors.final_ratings import CountedRating

COLUMNS = ("item_id", "rater_id", "dimension", "value", "level", "group", "characters")
EVERY = 2000


@dataclass(frozen=True, slots=True)
class WrittenRatings:
    """What was written: rows without the header, and the SHA-256 of all bytes.

    in_groups: items come in groups, and each row names one.
    """

    n_rows: int
    sha256: str
    in_groups: bool = False


class RatingsFile:
    """Writes rows as they come and hashes what it writes."""

    def __init__(
        self,
        file: IO[bytes],
        *,
        in_groups: bool,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._file, self._in_groups, self._progress = file, in_groups, progress
        self._digest, self._n = hashlib.sha256(), 0
        self._line([*COLUMNS])

    def add(self, criterion: str, level: str, ratings: Iterable[CountedRating]) -> None:
        for rating in ratings:
            characters = "" if rating.characters is None else json.dumps(rating.characters)
            self._line(
                [
                    csv_cell(rating.item),
                    csv_cell(rating.rater),
                    csv_cell(criterion),
                    csv_cell(rating.value),
                    level,
                    csv_cell(self._group(rating)),
                    characters,
                ]
            )
            self._n += 1
            if self._progress is not None and self._n % EVERY == 0:
                self._progress(self._n)

    def written(self) -> WrittenRatings:
        return WrittenRatings(self._n, self._digest.hexdigest(), self._in_groups)

    def _group(self, rating: CountedRating) -> str:
        """An item without a group is one of its own, and says so where others have groups."""
        if not self._in_groups:
            return ""
        return rating.group or f"{rating.item} (alone)"

    def _line(self, cells: list[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        encoded = line.getvalue().encode()
        self._digest.update(encoded)
        self._file.write(encoded)
