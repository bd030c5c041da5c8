"""What a file is, by how it begins; names and declared types are never trusted (T40)."""

import codecs
import re
from typing import BinaryIO, Final

HEAD: Final = 4096
TEXT_BYTES: Final = 5 * 1024 * 1024  # a longer text is no attachment that anybody reads

BY_START: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"%PDF-", "application/pdf"),
)
BY_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
BY_BRAND: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
VIDEO_BRANDS: Final = re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |dash|MSNV|f4v ")
MATROSKA: Final = b"\x1a\x45\xdf\xa3"
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f]")


def media_type(file: BinaryIO) -> str | None:
    """One of the types that can be shown or downloaded; None: nothing known.

    Markup (SVG, HTML) is text here and is only ever offered as a download of plain text.
    """
    file.seek(0)
    head = file.read(HEAD)
    return _by_signature(head) or ("text/plain" if head and _is_text(file) else None)


def kind_of(media_type: str) -> str:
    """image, audio, video or file: how it is shown."""
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "file"


def _by_signature(head: bytes) -> str | None:
    for start, found in BY_START:
        if head.startswith(start):
            return found
    if head.startswith(b"RIFF"):
        return BY_RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return BY_BRAND.get(brand) or ("video/mp4" if VIDEO_BRANDS.fullmatch(brand) else None)
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:256] else "audio/ogg"
    if head.startswith(MATROSKA):
        return "video/webm" if b"webm" in head[:64] else None
    return "audio/mpeg" if _is_mpeg_frame(head) else None


def _is_mpeg_frame(head: bytes) -> bool:
    """The header of an MP3 frame, each of its fields allowed."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3


def _is_text(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    n_read = 0
    try:
        while chunk := file.read(1 << 20):
            n_read += len(chunk)
            if n_read > TEXT_BYTES or CONTROL.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
