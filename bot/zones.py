"""Time zones as people name them: an IANA name in any case, a city, an offset, an abbreviation."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import available_timezones

from domain.errors import InvalidRequest
from domain.made_once import made_once
from domain.translation.messages import gettext

_ABBREVIATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "utc": ("UTC",), "gmt": ("UTC",), "z": ("UTC",), "zulu": ("UTC",),
    "cet": ("Europe/Berlin",), "cest": ("Europe/Berlin",), "mez": ("Europe/Berlin",),
    "mesz": ("Europe/Berlin",), "hnec": ("Europe/Paris",), "eet": ("Europe/Helsinki",),
    "eest": ("Europe/Helsinki",), "wet": ("Europe/Lisbon",), "west": ("Europe/Lisbon",),
    "msk": ("Europe/Moscow",), "trt": ("Europe/Istanbul",),
    "et": ("America/New_York",), "est": ("America/New_York",), "edt": ("America/New_York",),
    "eastern": ("America/New_York",), "ct": ("America/Chicago",), "cdt": ("America/Chicago",),
    "central": ("America/Chicago",), "mt": ("America/Denver",), "mst": ("America/Denver",),
    "mdt": ("America/Denver",), "mountain": ("America/Denver",),
    "pt": ("America/Los_Angeles",), "pst": ("America/Los_Angeles",),
    "pdt": ("America/Los_Angeles",), "pacific": ("America/Los_Angeles",),
    "akst": ("America/Anchorage",), "akdt": ("America/Anchorage",), "hst": ("Pacific/Honolulu",),
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ast": ("America/Halifax", "Asia/Riyadh"), "adt": ("America/Halifax",),
    "nst": ("America/St_Johns",), "brt": ("America/Sao_Paulo",),
    "art": ("America/Argentina/Buenos_Aires",), "clt": ("America/Santiago",),
    "cot": ("America/Bogota",), "pet": ("America/Lima",),
    "jst": ("Asia/Tokyo",), "kst": ("Asia/Seoul",), "hkt": ("Asia/Hong_Kong",),
    "sgt": ("Asia/Singapore",), "pht": ("Asia/Manila",), "wib": ("Asia/Jakarta",),
    "ict": ("Asia/Bangkok",), "pkt": ("Asia/Karachi",), "npt": ("Asia/Kathmandu",),
    "gst": ("Asia/Dubai",), "irst": ("Asia/Tehran",),
    "cat": ("Africa/Maputo",), "eat": ("Africa/Nairobi",), "wat": ("Africa/Lagos",),
    "sast": ("Africa/Johannesburg",),
    "aest": ("Australia/Brisbane", "Australia/Sydney"), "aedt": ("Australia/Sydney",),
    "acst": ("Australia/Darwin", "Australia/Adelaide"), "acdt": ("Australia/Adelaide",),
    "awst": ("Australia/Perth",), "nzst": ("Pacific/Auckland",), "nzdt": ("Pacific/Auckland",),
}  # fmt: skip
_HALF_HOURS: Final[Mapping[int, str]] = {
    210: "Asia/Tehran", 270: "Asia/Kabul", 330: "Asia/Kolkata", 345: "Asia/Kathmandu",
    390: "Asia/Yangon", 525: "Australia/Eucla", 570: "Australia/Darwin", -570: "Pacific/Marquesas",
}  # fmt: skip
"""Minutes ahead of UTC to a zone that is so all year."""
_OFFSET: Final = re.compile(r"(?:(?:utc|gmt)\s*)?([+\-−])\s*(\d{1,2})(?::?([0-5]\d))?")
_AROUND: Final = re.compile(r"\s+(?:standard |daylight )?(?:time(?: ?zone)?|zeit|uhrzeit)$")


def zone_of(text: str) -> str:
    """The IANA name of a time zone.

    Raises:
        InvalidRequest: There is none of that name, or several, which the message lists.
    """
    plain = " ".join(text.casefold().replace("−", "-").split())
    names = _names()
    exact = names.get(plain.replace(" ", "_"))
    if exact is not None and "/" in exact:
        return exact
    offset = _OFFSET.fullmatch(plain)
    if offset is not None:
        return _with_offset(offset, text)
    short = _AROUND.sub("", plain)
    found = _ABBREVIATIONS.get(short) or _cities().get(_folded(short), ())
    if len(found) > 1:
        raise InvalidRequest(
            gettext(
                "{text!r} can mean several time zones. Which one: {found}?",
                text=text[:60],
                found=", ".join(found),
            ),
            field="time_zone",
        )
    if found or exact:
        return found[0] if found else str(exact)
    raise InvalidRequest(
        gettext(
            "There is no time zone {text!r}. Use a city such as Berlin, a name such as "
            "America/New_York, or an offset such as UTC+2.",
            text=text[:60],
        ),
        field="time_zone",
    )


def _with_offset(match: re.Match[str], text: str) -> str:
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    ahead = -minutes if match[1] == "-" else minutes
    if minutes == 0:
        return "UTC"
    if minutes % 60 == 0 and -12 <= ahead // 60 <= 14:
        return f"Etc/GMT{-ahead // 60:+d}"  # the names count the other way round
    if ahead in _HALF_HOURS:
        return _HALF_HOURS[ahead]
    raise InvalidRequest(
        gettext(
            "No time zone is always at {text!r}. Use a city instead, such as Berlin.",
            text=text[:60],
        ),
        field="time_zone",
    )


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones())}


@made_once
def _cities() -> Mapping[str, Sequence[str]]:
    """Time zones by the folded names of cities; the zones' own cities mean those."""
    cities: defaultdict[str, list[str]] = defaultdict(list)
    table = files("bot.commands").joinpath("data/cities.tsv").read_text("utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            zone, _, names = line.partition("\t")
            for name in names.split("|"):
                cities[name].append(zone)
    for zone in _names().values():
        area, _, city = zone.rpartition("/")
        if area and not area.startswith(("Etc", "posix", "right", "US", "Brazil", "Mexico")):
            cities[_folded(city.replace("_", " "))] = [zone]
    return cities


def _folded(name: str) -> str:
    return _fold(name).replace("'", " ")


def _fold(text: str) -> str:
    """The text in lower case, without accents, with plain dashes and single blanks."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("ß", "ss")
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub("[‐-―−]", "-", bare).replace("’", "'").strip(" .!?。,;").split())
