"""Small files of every kind, and ZIPs of them."""

import json
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any


def png(width: int = 2, height: int = 2, colour: bytes = b"\xff\x00\x00") -> bytes:
    """A real image of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + colour * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def wav(seconds: float = 1) -> bytes:
    """Silence that a player can seek in."""
    data = b"\x80" * int(8000 * seconds)
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


SIGNATURES = {
    "image/png": png(),
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "image/gif": b"GIF89a" + b"\0" * 20,
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "image/avif": b"\0\0\0\x1cftypavif\0\0\0\0",
    "audio/mpeg": b"\xff\xfb\x90\x00" + b"\0" * 20,
    "audio/wav": wav(0.01),
    "audio/ogg": b"OggS\0\2" + b"\0" * 20 + b"\x01vorbis",
    "audio/flac": b"fLaC\0\0\0\x22",
    "video/mp4": b"\0\0\0\x18ftypisom\0\0\2\0",
    "video/webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
    "application/pdf": b"%PDF-1.7\n",
    "text/plain": "Gruß\n".encode(),
}


def item(item_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"item_id": item_id, "prompt": "Q?", "responses": [{"text": "r"}], **fields}


def zipped(*items: dict[str, Any], name: str = "items.jsonl", **files: bytes) -> BytesIO:
    """A ZIP of a file of items and of `files`, by name."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if name:
            archive.writestr(name, "\n".join(json.dumps(each) for each in items))
        for path, content in files.items():
            archive.writestr(path, content)
    target.seek(0)
    return target
