"""A stored file as an answer: fixed type, never a page, in pieces where a player asks for them."""

import re
from collections.abc import Iterator
from typing import Final

from django.db.models.fields.files import FieldFile
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

CHUNK: Final = 256 * 1024
# Shown inside the page; everything else is only ever downloaded.
EXTENSIONS: Final = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
    "image/avif": "avif", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg",
    "audio/flac": "flac", "audio/mp4": "m4a", "video/mp4": "mp4", "video/webm": "webm",
    "video/ogg": "ogv",
}  # fmt: skip
DOWNLOADED: Final = {"application/pdf": "pdf", "text/plain": "txt"}
RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def file_response(
    file: FieldFile, *, media_type: str, size: int, name: str, wanted: str = ""
) -> HttpResponseBase:
    """The file, or with `wanted` (a Range header) one piece of it (RFC 9110, section 14).

    The type is one of ours or plain bytes, whatever is stored; `name` gets its ending.
    """
    is_known = media_type in EXTENSIONS or media_type in DOWNLOADED
    ending = (EXTENSIONS | DOWNLOADED).get(media_type, "bin")
    how = "inline" if media_type in EXTENSIONS else "attachment"
    start, end = _piece(wanted, size)
    if start > end and size:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    else:
        is_piece = (start, end) != (0, size - 1)
        response = StreamingHttpResponse(_read(file, start, end), status=206 if is_piece else 200)
        response["Content-Length"] = str(end - start + 1)
        if is_piece:
            response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Type"] = media_type if is_known else "application/octet-stream"
    if media_type == "text/plain":
        response["Content-Type"] = "text/plain; charset=utf-8"
    response["Content-Disposition"] = f'{how}; filename="{name}.{ending}"'
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store, private"
    return response


def _piece(wanted: str, size: int) -> tuple[int, int]:
    """(first, last) byte to send; first > last: the range can't be satisfied.

    What is no single range of bytes is left aside, and the whole file is sent.
    """
    found = RANGE.fullmatch(wanted.strip())
    if found is None or not any(found.groups()):
        return 0, size - 1
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last[:18])), size - 1) if int(last[:18]) else (size, size - 1)
    start = int(first[:18])
    end = min(int(last[:18]), size - 1) if last else size - 1
    if last and int(last[:18]) < start:
        return 0, size - 1
    return start, end


def _read(file: FieldFile, start: int, end: int) -> Iterator[bytes]:
    left = end - start + 1
    with file.open("rb") as opened:
        opened.seek(start)
        while left > 0 and (chunk := opened.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
