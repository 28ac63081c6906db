"""The character sets in which pages are read.

Python knows far more codecs: some take quadratic time (punycode, idna), some decompress (zlib,
bz2), some always fail (undefined). So a page may only name one of the Encoding Standard
(https://encoding.spec.whatwg.org/#names-and-labels).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

_LABELS_BY_CODEC: Mapping[str, str] = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-sig",
    "utf-16-le": "utf-16 utf-16le ucs-2 unicode csunicode iso-10646-ucs-2 unicodefeff",
    "utf-16-be": "utf-16be unicodefffe",
    "utf-32": "ucs-4 utf-32le utf-32be",
    # The standard reads ASCII and Latin-1 as this one, since pages that name them mean it.
    "cp1252": "windows-1252 x-cp1252 ascii us-ascii ansi_x3.4-1968 iso-8859-1 iso8859-1 iso88591 "
    "iso_8859-1 iso-ir-100 latin1 latin-1 l1 ibm819 cp819 csisolatin1",
    "iso8859-2": "iso-8859-2 iso88592 iso_8859-2 iso-ir-101 latin2 latin-2 l2 csisolatin2",
    "iso8859-3": "iso-8859-3 iso88593 iso_8859-3 iso-ir-109 latin3 latin-3 l3 csisolatin3",
    "iso8859-4": "iso-8859-4 iso88594 iso_8859-4 iso-ir-110 latin4 latin-4 l4 csisolatin4",
    "iso8859-5": "iso-8859-5 iso88595 iso_8859-5 iso-ir-144 cyrillic csisolatincyrillic",
    "iso8859-6": "iso-8859-6 iso88596 iso_8859-6 iso-ir-127 arabic asmo-708 ecma-114 iso-8859-6-e "
    "iso-8859-6-i csisolatinarabic csiso88596e csiso88596i",
    "iso8859-7": "iso-8859-7 iso88597 iso_8859-7 iso-ir-126 greek greek8 ecma-118 elot_928 "
    "sun_eu_greek csisolatingreek",
    "iso8859-8": "iso-8859-8 iso88598 iso_8859-8 iso-ir-138 hebrew visual iso-8859-8-e "
    "iso-8859-8-i logical csisolatinhebrew csiso88598e csiso88598i",
    "cp1254": "windows-1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso-ir-148 latin5 "
    "l5 csisolatin5",
    "iso8859-10": "iso-8859-10 iso885910 iso-ir-157 latin6 l6 csisolatin6",
    "cp874": "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911",
    "iso8859-13": "iso-8859-13 iso885913 latin7",
    "iso8859-14": "iso-8859-14 iso885914 latin8",
    "iso8859-15": "iso-8859-15 iso885915 iso_8859-15 latin9 l9 csisolatin9",
    "iso8859-16": "iso-8859-16 latin10",
    "cp1250": "windows-1250 x-cp1250",
    "cp1251": "windows-1251 x-cp1251",
    "cp1253": "windows-1253 x-cp1253",
    "cp1255": "windows-1255 x-cp1255",
    "cp1256": "windows-1256 x-cp1256",
    "cp1257": "windows-1257 x-cp1257",
    "cp1258": "windows-1258 x-cp1258",
    "cp866": "ibm866 866 csibm866",
    "koi8-r": "koi8 koi koi8_r cskoi8r",
    "koi8-u": "koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "gbk gb2312 gb_2312 gb_2312-80 chinese x-gbk iso-ir-58 csgb2312 csiso58gb231280",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5 csbig5",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp932": "shift_jis shift-jis sjis ms_kanji ms932 windows-31j x-sjis csshiftjis",
    "cp949": "euc-kr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 iso-ir-149 "
    "cseuckr csksc56011987",
}
_CODECS: Mapping[str, str] = {
    label: codec for codec, labels in _LABELS_BY_CODEC.items() for label in [codec, *labels.split()]
}
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})"
    rb"|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION_BYTES = 4_096


def codec_of(label: str) -> str | None:
    """Python's name for the character set that a label means; None for one that is not read."""
    return _CODECS.get(label.strip().lower())


def codec_of_header(content_type: str) -> str | None:
    """The codec that a Content-Type header names; None where it names none that is read."""
    match = _HEADER.search(content_type[:1_000])
    return codec_of(match[1]) if match else None


def declared_codec(body: bytes) -> str | None:
    """The codec that the beginning of an HTML or XML document names."""
    match = _DECLARED.search(body[:_DECLARATION_BYTES])
    if match is None:
        return None
    codec = codec_of((match[1] or match[2]).decode("ascii", "replace"))
    # A document whose declaration could be read as ASCII is not in UTF-16, even if it says so.
    return "utf-8" if codec is not None and codec.startswith("utf-16") else codec


def decoded(body: bytes, *codecs_named: str | None) -> str:
    """The text in the character set that fits: that of its byte order mark, UTF-8 where it is
    beyond doubt, the one of those ``codecs_named`` that explains the bytes best, UTF-8,
    Windows-1252.

    A server's header and a page's own declaration often disagree, and either may be the wrong one,
    so the bytes decide. A single wrong byte does not make a page another one.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if is_utf8(body):
        return body.decode("utf-8", "replace")
    named = [codec for codec in dict.fromkeys(codecs_named) if codec]
    if len(named) > 1:
        named.sort(key=lambda codec: _strangeness(body[:_SAMPLE_BYTES].decode(codec, "replace")))
    for name in dict.fromkeys([*named, "utf-8"]):
        text = body.decode(name, "replace")
        wrong = text.count("\ufffd")
        if not wrong or wrong * 10 <= len(text) - len(text.encode("ascii", "ignore")):
            return text
    return body.decode("cp1252", "replace")


def is_utf8(body: bytes) -> bool:
    """Whether bytes are UTF-8 and could hardly be anything else."""
    if body.isascii():
        return False
    try:
        body.decode()
    except UnicodeDecodeError as error:
        # The last character may have been cut off.
        if error.end < len(body) - 3 or body[: error.start].isascii():
            return False
        return error.start >= len(body) - 3
    return True


def _strangeness(text: str) -> float:
    """The degree to which a text looks wrong in the character set that it was read in, from 0:
    wrong bytes, control characters, and runs of accented letters and signs, as which the letters of
    another script appear."""
    strange = 10 * len(_IMPOSSIBLE.findall(text))
    strange += sum(len(run) for run in _ACCENTED_RUN.findall(text))
    return strange / (len(text) - len(text.encode("ascii", "ignore")) or 1)


_SAMPLE_BYTES = 200_000
_IMPOSSIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_ACCENTED_RUN = re.compile("[\xa0-\xff\u0100-\u017f\u2013-\u2122\uff61-\uff9f]{3,}")
