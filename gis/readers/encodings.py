"""The encoding of text in a DBF or CSV: declared or proved, never guessed into mojibake.

GDAL takes Latin-1 where a shapefile says nothing, and turns GBK into ``µØ¿é`` without an error. So
the bytes are looked at first: strict UTF-8 with bytes above 0x7f proves itself; GB18030 is proved
only where UTF-8 fails, it decodes strictly *and* known words appear; anything else must be
declared. A declaration is checked against the bytes all the same.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from gis.errors import InputError
from gis.readers.dbf import DbfFile, dbf_beside, read_dbf
from gis.readers.mojibake import IDEOGRAPH, decoded, known_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EncodingEvidence", "csv_encoding", "dbf_encoding", "normal_encoding", "prove_dbf", "require_utf8"]

#: Language bytes of a DBF that stand for GBK: 0x4d (code page 936, PRC) and FoxPro's 0x7a.
LANGUAGE_GBK: Final = {0x4D: "0x4d", 0x7A: "0x7a"}
#: GB18030 reads everything that GBK and GB2312 wrote.
CHINESE: Final = {"gbk", "gb2312", "gb18030", "cp936", "936", "54936", "ms936", "euc_cn", "gb_2312_80"}
UTF8: Final = {"65001", "utf8", "utf_8", "utf_8_sig", "cp65001"}
BYTE_ORDER_MARKS: Final[Mapping[bytes, str]] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

#: What turns bytes into text by rules of its own, and is the encoding of no file.
NO_CHARACTER_SETS: Final = {"idna", "punycode", "undefined", "unicode-escape", "unicode_escape", "raw-unicode-escape",
                            "raw_unicode_escape", "utf-7", "mbcs", "oem"}  # fmt: skip

LATIN_LETTER: Final = re.compile("[A-Za-z]")

How = Literal["declared", "cpg", "language_byte", "proved", "ascii", "format", "unknown"]


@dataclass(frozen=True)
class EncodingEvidence:
    """An encoding and how it is known.

    Attributes
    ----------
    encoding
        Python's name of it; every GBK is ``gb18030``.
    how
        ``declared`` by the user, ``cpg`` file, ``language_byte`` of the DBF, ``proved`` by the
        bytes, ``ascii`` (nothing to decode), ``format`` (the file format fixes it), or
        ``unknown``, which only an inspection returns.
    detail
        What was declared, or the word that proved it.
    """

    encoding: str
    how: How
    detail: str = ""


@dataclass(frozen=True)
class _Text:
    """Bytes to decode: whole ones, and those whose last character may be cut."""

    whole: Sequence[bytes]
    cuttable: Sequence[bytes] = ()

    def read(self, encoding: str) -> list[str] | None:
        """Return every text, or None where the bytes are not in this encoding."""
        texts = []
        for values, may_be_cut in ((self.whole, False), (self.cuttable, True)):
            for value in values:
                reading = decoded(value, encoding, may_be_cut=may_be_cut)
                if reading is None:
                    return None
                texts.append(reading[0])
        return texts

    @property
    def is_ascii(self) -> bool:
        return all(value.isascii() for values in (self.whole, self.cuttable) for value in values)


def normal_encoding(name: str, *, path: Path) -> str:
    """Return Python's name of an encoding; every GBK is read as GB18030.

    Raises
    ------
    InputError
        If Python does not know it.

    Examples
    --------
    >>> normal_encoding("CP936", path=Path("x")), normal_encoding("65001", path=Path("x"))
    ('gb18030', 'utf-8')
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_").removeprefix("ansi_").strip("_")
    if plain in CHINESE:
        return "gb18030"
    if plain in UTF8:
        return "utf-8"
    for candidate in (plain, f"cp{plain}"):
        try:
            codec = codecs.lookup(candidate)
        except (LookupError, ValueError):  # the latter of a NUL or half a character in the name
            continue
        # Python's codecs are more than encodings: rot13 and base64 turn text or bytes into others of their kind.
        if codec._is_text_encoding and codec.name not in NO_CHARACTER_SETS:  # noqa: SLF001 - no other way to tell
            return codec.name
    raise InputError("encoding_not_known", path=path, encoding=name)


def _is_writing(texts: Sequence[str]) -> bool:
    """Tell whether a UTF-8 reading looks written: Chinese, or accents on words of Latin letters.

    Some pairs of GBK bytes are UTF-8 too; read so they are stray letters such as ``ġġ``.
    """
    words = [word for text in texts for word in text.split() if not word.isascii()]
    return all(IDEOGRAPH.search(word) or LATIN_LETTER.search(word) for word in words)


def _proof(text: _Text) -> EncodingEvidence | None:
    """Return what the bytes prove by themselves."""
    if text.is_ascii:
        return EncodingEvidence("utf-8", "ascii")
    as_utf8, as_gb18030 = text.read("utf-8"), text.read("gb18030")
    utf8_word = known_word(as_utf8 or ())
    gb18030_word = known_word(as_gb18030 or ())
    if as_utf8 is not None and (utf8_word or as_gb18030 is None or (not gb18030_word and _is_writing(as_utf8))):
        return EncodingEvidence("utf-8", "proved", utf8_word)
    if as_utf8 is None and gb18030_word:
        return EncodingEvidence("gb18030", "proved", gb18030_word)
    return None


def _require_fit(text: _Text, evidence: EncodingEvidence, *, path: Path, source: str) -> EncodingEvidence:
    """Return the evidence if the bytes do not contradict it.

    Raises
    ------
    InputError
        If they can't be decoded so, or prove another encoding.
    """
    texts = text.read(evidence.encoding)
    proof = _proof(text)
    facts = {"path": path, "encoding": evidence.encoding, "source": source}
    if proof is not None and proof.how == "proved" and proof.encoding != evidence.encoding.removesuffix("-sig"):
        if texts is None or not known_word(texts):
            sample = next(iter(text.read(proof.encoding) or ()), "").strip().split("\n")[0][:40]
            raise InputError("encoding_wrong_proved", proved=proof.encoding, sample=sample, **facts)
    elif texts is None:
        raise InputError("encoding_wrong", **facts)
    return evidence


def _cpg_beside(path: Path) -> Path | None:
    for suffix in (".cpg", ".CPG", ".Cpg"):
        beside = path.with_suffix(suffix)
        if beside.exists():
            return beside
    return None


def _declaration(path: Path, dbf: DbfFile, declared: str | None) -> tuple[EncodingEvidence, str] | None:
    """Return what the user, a .cpg or the language byte says, and where; the user's word goes first."""
    if declared:
        return EncodingEvidence(normal_encoding(declared, path=path), "declared", declared), f"encoding: {declared}"
    sidecar = _cpg_beside(path)
    if sidecar is not None and (name := sidecar.read_text("ascii", errors="replace").strip("\0\r\n\t ")):
        return EncodingEvidence(normal_encoding(name, path=sidecar), "cpg", name), f"{sidecar.name}: {name}"
    if dbf.language_byte in LANGUAGE_GBK:
        byte = LANGUAGE_GBK[dbf.language_byte]
        return EncodingEvidence("gb18030", "language_byte", byte), f"{dbf.path.name}: {byte}"
    return None


def _require_whole_names(dbf: DbfFile, encoding: str, path: Path) -> None:
    cut = [reading[0] for name in dbf.names if (reading := decoded(name, encoding, may_be_cut=True)) and reading[1]]
    if cut:
        raise InputError("dbf_names_cut", path=path, names=[f"{name}…" for name in cut])


def prove_dbf(path: Path, *, declared: str | None = None) -> tuple[EncodingEvidence, tuple[str, ...]]:
    """Return the encoding of a shapefile's DBF, and the columns with values cut inside a character."""
    beside = dbf_beside(path)
    if beside is None:
        raise InputError("shapefile_incomplete", path=path, missing=".dbf")
    dbf = read_dbf(beside)
    filled = [value for values in dbf.full.values() for value in values]
    whole = [value for name, values in dbf.text.items() for value in values if value not in dbf.full[name]]
    names = [name for name in dbf.names if not name.isascii()]
    text = _Text(whole, (*names, *filled))
    said = _declaration(path, dbf, declared)
    if said is not None:
        evidence = _require_fit(text, said[0], path=path, source=said[1])
    else:
        proof = _proof(text)
        if proof is None:
            raise InputError("encoding_unknown", path=path)
        evidence = proof
    _require_whole_names(dbf, evidence.encoding, path)
    cut = [
        name.decode(evidence.encoding)
        for name, values in dbf.full.items()
        if any((decoded(value, evidence.encoding, may_be_cut=True) or ("", False))[1] for value in values)
    ]
    return evidence, tuple(cut)


def dbf_encoding(path: Path | str, *, declared: str | None = None) -> EncodingEvidence:
    """Return the encoding of a shapefile's DBF, with the evidence for it.

    Parameters
    ----------
    path
        The ``.shp`` or ``.dbf``.
    declared
        What the user says; it is checked against the bytes.

    Raises
    ------
    InputError
        If nothing declares or proves it, if the declaration is contradicted by the bytes, if field
        names were cut inside a character when the file was written, or if there is no ``.dbf``.
    """
    return prove_dbf(Path(path), declared=declared)[0]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None


def csv_encoding(path: Path | str, *, declared: str | None = None) -> EncodingEvidence:
    """Return the encoding of a text table, with the evidence for it (see `dbf_encoding`).

    A byte-order mark proves UTF-8 or UTF-16.
    """
    path = Path(path)
    content = _content(path)
    mark = next((mark for mark in BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if declared:
        evidence = EncodingEvidence(normal_encoding(declared, path=path), "declared", declared)
        if mark is not None and BYTE_ORDER_MARKS[mark].removesuffix("-sig") == evidence.encoding:
            evidence = EncodingEvidence(BYTE_ORDER_MARKS[mark], "declared", declared)
        return _require_fit(_Text([content]), evidence, path=path, source=f"encoding: {declared}")
    if mark is not None:
        evidence = EncodingEvidence(BYTE_ORDER_MARKS[mark], "proved", "BOM")
        return _require_fit(_Text([content]), evidence, path=path, source="BOM")
    proof = _proof(_Text([content]))
    if proof is None:
        raise InputError("encoding_unknown", path=path)
    return proof


def require_utf8(path: Path | str) -> EncodingEvidence:
    """Return the evidence for a format that is UTF-8 by its standard, such as GeoJSON.

    Raises
    ------
    InputError
        If the bytes are not UTF-8.
    """
    path = Path(path)
    reader = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                reader.decode(block)
            reader.decode(b"", final=True)
    except UnicodeDecodeError:
        raise InputError("encoding_not_utf8", path=path) from None
    except OSError as error:
        raise InputError("file_unreadable", path=path, why=error.strerror or str(error)) from None
    return EncodingEvidence("utf-8", "format", path.suffix.lower())
