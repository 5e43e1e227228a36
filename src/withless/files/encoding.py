"""Bytes of a text file to text: UTF-8 with or without a mark, UTF-16 with one, Windows-1252 with a warning."""

from __future__ import annotations

import codecs

from .faults import Fault, quoted

SAVE_AS_UTF8 = "Save it again as CSV UTF-8 (in Excel: Save As, CSV UTF-8)."
_SAVE = {"rows": SAVE_AS_UTF8, "lines": "Save it again as plain text in UTF-8."}

_SIGNATURES = (
    (b"PK\x03\x04", "a zip or Excel file", "Give it its own ending (.xlsx), or save it as CSV UTF-8."),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "Save it as .xlsx or CSV UTF-8."),
    (b"%PDF", "a PDF", "Export the table as CSV UTF-8."),
    (b"\x1f\x8b", "a compressed file", "Give it the ending .csv.gz."),
    (b"\x89PNG", "a picture", "Give the table itself."),
)
_CHUNK = 1 << 24


def decode(content: bytes, file: str, faults: list[Fault], what: str = "rows") -> str | None:
    """Text of `content`, with faults added; None where it is no text. `what` is what a newline ends (rows or lines)."""
    plain = to_utf8(content, file, faults, what)
    return None if plain is None else plain.decode("utf-8")


def to_utf8(content: bytes, file: str, faults: list[Fault], what: str = "rows") -> bytes | None:
    """`content` as UTF-8 without a byte-order mark, with faults added; None where it is no text."""
    for start, found, mend in _SIGNATURES:
        if content.startswith(start):
            faults.append(Fault(file, None, "", found, "plain text", mend))
            return None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf16(content, file, faults, _SAVE[what])
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    if b"\0" in content:
        mend = "It may be UTF-16 without a mark, or no text at all. " + _SAVE[what]
        faults.append(Fault(file, None, "", "bytes that are no text", "plain text in UTF-8", mend))
        return None
    bad = _first_bad(content)
    return content if bad is None else _windows(content, bad, file, faults, what)


def _utf16(content: bytes, file: str, faults: list[Fault], mend: str) -> bytes | None:
    try:
        return content.decode("utf-16").encode("utf-8")
    except UnicodeError:
        faults.append(Fault(file, None, "", "broken UTF-16 text", "plain text in UTF-8", mend))
        return None


def _first_bad(content: bytes) -> int | None:
    """Where the first byte stands that is not UTF-8; None where all are. Reads in pieces, to copy little."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content) or 1, _CHUNK):
        piece = content[start : start + _CHUNK]
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + _CHUNK >= len(content))
        except UnicodeDecodeError as e:
            return max(start - waiting + e.start, 0)
    return None


def _windows(content: bytes, bad: int, file: str, faults: list[Fault], what: str) -> bytes | None:
    """Read as Windows-1252, the usual other encoding of British spreadsheets, and say so."""
    number = content.count(b"\n", 0, bad) + 1
    row, line = (number, None) if what == "rows" else (None, number)
    around = content[max(bad - 15, content.rfind(b"\n", 0, bad) + 1) : bad + 15].split(b"\n")[0]
    try:
        text = content.decode("cp1252")
    except UnicodeError:
        shown = quoted(around.decode("ascii", "replace").strip())
        faults.append(Fault(file, row, "", shown, "text in UTF-8", _SAVE[what], line=line))
        return None
    shown = quoted(around.decode("cp1252", "replace").strip())
    mend = f"It was read as Windows-1252: check accents, dashes and pound signs. {_SAVE[what]}"
    faults.append(Fault(file, row, "", shown, "text in UTF-8", mend, "warning", line=line))
    return text.encode("utf-8")
