"""Long results in few rows: the database joins numbers into texts, NumPy reads them whole.

Fetching a row for each rating or item would cost Python an object for every value. A row here
stands for a whole criterion or slice; what it holds is parsed at the speed of counting. Both
databases hold texts of a gigabyte, some sixty million ratings of one criterion.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

# All that the two databases spell apart. Words in capitals below stand for these.
_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        "JOINED": "STRING_AGG",
        "EXACT_NUMBER": "CAST(number AS TEXT)",
        "LAST_SECOND": "CAST(EXTRACT(EPOCH FROM MAX(submitted_at)) AS BIGINT)",
        "EACH_SLICE": "CROSS JOIN LATERAL JSONB_EACH_TEXT(item.slices) AS pair(key, value)",
        "EACH_META": "CROSS JOIN LATERAL JSONB_EACH_TEXT(item.meta) AS pair(key, value)",
        "EACH_SOURCE": "CROSS JOIN LATERAL JSONB_ARRAY_ELEMENTS(item.sources) AS source(value)",
        "EACH_RESPONSE": (
            "CROSS JOIN LATERAL JSONB_ARRAY_ELEMENTS(item.content -> 'responses') "
            "AS response(value)"
        ),
        "PAIR_TEXT": "pair.value",
    },
    "sqlite": {
        "JOINED": "GROUP_CONCAT",
        "EXACT_NUMBER": "QUOTE(number)",
        "LAST_SECOND": "CAST(STRFTIME('%%s', MAX(submitted_at)) AS INTEGER)",
        "EACH_SLICE": "CROSS JOIN JSON_EACH(item.slices) AS pair",
        "EACH_META": "CROSS JOIN JSON_EACH(item.meta) AS pair",
        "EACH_SOURCE": "CROSS JOIN JSON_EACH(item.sources) AS source",
        "EACH_RESPONSE": "CROSS JOIN JSON_EACH(item.content, '$.responses') AS response",
        "PAIR_TEXT": (
            "CASE pair.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' "
            "ELSE CAST(pair.value AS TEXT) END"
        ),
    },
}


def rows_of(statement: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of one of our fixed statements, as they come."""
    for word, spelling in _SPELLINGS[connection.vendor].items():
        statement = statement.replace(word, spelling)
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(10):
            yield from rows


def table_of(texts: Iterable[str], n_columns: int) -> NDArray[np.int64]:
    """Whole numbers joined by commas, shape (n_rows, n_columns)."""
    numbers = np.fromstring(",".join(texts), dtype=np.int64, sep=",")
    return numbers.reshape(-1, n_columns)


def number_table_of(texts: Iterable[str], n_columns: int) -> NDArray[np.float64]:
    """As `table_of`, with numbers of any kind; whole ones are exact up to 2^53."""
    numbers = np.fromstring(",".join(texts), dtype=np.float64, sep=",")
    return numbers.reshape(-1, n_columns)
