"""Columns as codes and labels: every distinct cell is held once, however long the file.

A column is a pandas categorical whose code -1 means a missing cell. The frame's
index holds the number by which people find each row: from 1 below the header,
blank rows counted though they are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray


class LongFileError(ValueError):
    """The file cannot be read as a table; says where and why."""


def coded(codes: Any, labels: Any) -> pd.Categorical:
    """A column from the place of each cell's label, -1 for a missing cell."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(labels))


def joined(chunks: Iterable[pa.Array]) -> pd.Categorical:
    """One column from the pieces of a file, each of which may bring its own dictionary.

    The pieces are let go one by one: what stays is a code a row and the
    distinct cells of each piece, whose few are then matched with each other.
    Empty text and NaN are missing, as an empty cell is.
    """
    codes: list[NDArray[np.int32]] = []
    dictionaries: list[pa.Array] = []
    for chunk in chunks:
        piece = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        codes.append(_places(piece.indices))
        dictionaries.append(piece.dictionary)
    labels, moved = _matched(dictionaries)
    whole = np.empty(sum(map(len, codes)), dtype=np.int32)
    start = 0
    for place, piece_codes in zip(moved, codes, strict=True):
        np.take(place, piece_codes, out=whole[start : start + len(piece_codes)], mode="wrap")
        start += len(piece_codes)
    return coded(whole, labels)


def _places(indices: pa.Array) -> NDArray[np.int32]:
    filled = indices.fill_null(-1) if indices.null_count else indices
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int32)


def _matched(dictionaries: list[pa.Array]) -> tuple[Any, list[NDArray[np.int32]]]:
    """The distinct cells of all pieces, and where each piece's cells are among them.

    The last place of each piece is -1: it answers for missing cells.
    """
    sizes = np.cumsum([0, *map(len, dictionaries)])
    if not sizes[-1]:
        return pd.Index([], dtype=object), [np.full(1, -1, np.int32) for _ in dictionaries]
    found = pa.chunked_array(dictionaries).dictionary_encode()
    # Every chunk carries the dictionary so far; the last one has all.
    labels = found.chunk(found.num_chunks - 1).dictionary.to_pandas()
    missing = (labels.isna() | (labels == "")).to_numpy()
    kept = np.where(missing, -1, np.cumsum(~missing) - 1).astype(np.int32)
    kept = np.append(kept, np.int32(-1))
    places = kept[np.concatenate([_places(piece.indices) for piece in found.chunks])]
    moved = [np.append(places[start:end], np.int32(-1)) for start, end in pairwise(sizes)]
    return (labels[~missing] if missing.any() else labels), moved


def frame_of(
    columns: dict[str, pd.Categorical], n_rows: int, numbers: ArrayLike | None = None
) -> pd.DataFrame:
    """Columns of one length, with the number of each row; from 1 without gaps if not told."""
    index = pd.RangeIndex(1, n_rows + 1) if numbers is None else pd.Index(np.asarray(numbers))
    return pd.DataFrame(columns, index=index)


def to_long(frame: pd.DataFrame, raters: Sequence[str], *, rater: str, value: str) -> pd.DataFrame:
    """A wide frame (one column a rater) as a long one; all other columns repeat.

    Row r of rater column j becomes row j * n_rows + r.
    """
    kept = [name for name in frame.columns if name not in set(raters)]
    parts = {
        name: coded(np.tile(frame[name].cat.codes, len(raters)), frame[name].cat.categories)
        for name in kept
    }
    names = coded(np.repeat(np.arange(len(raters)), len(frame)), list(raters))
    values = stacked([frame[name] for name in raters])
    return pd.DataFrame({**parts, rater: names, value: values})


def stacked(columns: Sequence[pd.Series[Any]]) -> pd.Categorical:
    """Columns below each other as one; only their distinct cells are compared."""
    labels = [column.cat.categories for column in columns]
    every = pd.Series([label for each in labels for label in each], dtype=object)
    moved, distinct = pd.factorize(every)
    edges = np.cumsum([0, *map(len, labels)])
    codes = [
        np.append(moved[start:end], -1)[np.asarray(column.cat.codes)]
        for column, (start, end) in zip(columns, pairwise(edges), strict=True)
    ]
    return coded(np.concatenate(codes), distinct)


def require_distinct(names: Sequence[str]) -> None:
    """Refuse a header in which two columns have one name.

    Raises
    ------
    LongFileError
        Names them.
    """
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LongFileError(f"two columns are called {', '.join(map(repr, repeated))}")
