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
# Only where a criterion is asked of parts: the part's name, and what the statistics count as one.
PART_COLUMNS = ("part", "unit")
EVERY = 2000


@dataclass(frozen=True, slots=True)
class WrittenRatings:
    """What was written: rows without the header, and the SHA-256 of all bytes.

    in_groups: items come in groups, and each row names one. has_parts: rows name parts of items.
    """

    n_rows: int
    sha256: str
    in_groups: bool = False
    has_parts: bool = False


class RatingsFile:
    """Writes rows as they come and hashes what it writes."""

    def __init__(
        self,
        file: IO[bytes],
        *,
        in_groups: bool,
        has_parts: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._file, self._in_groups, self._progress = file, in_groups, progress
        self._has_parts = has_parts
        self._digest, self._n = hashlib.sha256(), 0
        self._line([*COLUMNS, *(PART_COLUMNS if has_parts else ())])

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
                    *self._part(rating),
                ]
            )
            self._n += 1
            if self._progress is not None and self._n % EVERY == 0:
                self._progress(self._n)

    def written(self) -> WrittenRatings:
        return WrittenRatings(
            self._n, self._digest.hexdigest(), self._in_groups, has_parts=self._has_parts
        )

    def _part(self, rating: CountedRating) -> list[str]:
        if not self._has_parts:
            return []
        unit = f"{rating.item} · {rating.part}" if rating.part else rating.item
        return [rating.part, csv_cell(unit)]

    def _group(self, rating: CountedRating) -> str:
        """An item without a group is one of its own, and says so where others have groups.

        Where no items have groups, an item is the group of its parts.
        """
        if not self._in_groups:
            return rating.item if rating.part else ""
        return rating.group or f"{rating.item} (alone)"

    def _line(self, cells: list[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        encoded = line.getvalue().encode()
        self._digest.update(encoded)
        self._file.write(encoded)
