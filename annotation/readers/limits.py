"""How large a file, a row and a text may be."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, checked before and while reading. Sizes are bytes.

    file_bytes : size of the file as it arrives.
    unpacked_bytes : what a compressed file (XLSX, Parquet) may grow to; XLSX
        keeps its shared strings in memory, which this bounds as well.
    ratio : unpacked size over packed size of a compressed file.
    rows, columns : records and columns of one file.
    cell_bytes : one text, encoded as UTF-8.
    record_bytes : one JSON record or one physical CSV line.
    brackets : opening brackets and braces in one JSON record; bounds the memory
        of a record made of millions of empty lists.
    json_depth : levels of nesting in free-form JSON (`meta`, arguments).
    attachments : files of one item; attachment_bytes : one of them.
    archive_files : files in a ZIP.
    """

    file_bytes: int = 100 * MEBIBYTE
    unpacked_bytes: int = 400 * MEBIBYTE
    ratio: int = 100
    rows: int = 200_000
    columns: int = 200
    cell_bytes: int = MEBIBYTE
    record_bytes: int = 4 * MEBIBYTE
    brackets: int = 200_000
    json_depth: int = 32
    id_chars: int = 200
    name_chars: int = 200
    responses: int = 50
    messages: int = 1_000
    contexts: int = 1_000
    slices: int = 100
    attachments: int = 50
    attachment_bytes: int = 50 * MEBIBYTE
    archive_files: int = 10_000


DEFAULT_LIMITS = Limits()
