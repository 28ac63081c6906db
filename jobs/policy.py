"""What is refused before anything is spent on it, and why.

Refused everywhere: sexualised pictures of minors and of real people. Each workspace may block words
of its own. The rules read words, so they are a first gate and no judge; where a moderation model is
configured it reads the same texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from domain.errors import Refused
from domain.normal_forms import normalized
from jobs.ports import Moderator

_SEXUAL = """
    nude nudes nudity naked topless bottomless undressed unclothed nsfw porn porno pornographic
    erotic erotica sexy sexual sexualised sexualized sex lingerie hentai seductive lewd orgasm
    genitals breasts boobs nipples penis vagina striptease bdsm fetish
    nackt nackte nackter nackten nacktes akt entkleidet unbekleidet erotisch erotische
    pornografisch pornographisch sexuell sexuelle reizwaesche reizwasche dessous busen brueste
    bruste desnuda desnudo nue nu nuda nudo
    """.split()  # noqa: SIM905
_MINORS = """
    child children kid kids minor minors underage toddler toddlers baby babies infant infants
    schoolgirl schoolgirls schoolboy schoolboys preteen preteens teen teens teenager teenagers
    teenage adolescent adolescents girl girls boy boys loli lolita shota pupil pupils
    kind kinder kindes minderjahrig minderjaehrig minderjahrige minderjaehrige saugling saeugling
    maedchen madchen junge jungen schueler schuler schuelerin schulerin jugendliche jugendlicher
    teenie nina nino ninas ninos fille fillette garcon enfant enfants bambina bambino
    """.split()  # noqa: SIM905
_REAL_PEOPLE = """
    celebrity celebrities actress actor singer politician president chancellor minister queen king
    prince princess influencer streamer athlete classmate colleague coworker neighbour neighbor
    boss teacher girlfriend boyfriend wife husband daughter sister mother brother father
    promi promis schauspielerin schauspieler saengerin sangerin politikerin politiker
    praesidentin prasidentin kanzlerin kanzler ministerin kollegin kollege nachbarin nachbar
    chefin lehrerin lehrer freundin ehefrau tochter schwester mutter mitschuelerin mitschulerin
    """.split()  # noqa: SIM905
_AGE = re.compile(
    r"\b(?:[0-9]|1[0-7])[\s-]*(?:years?[\s-]*old|y/?o|jahre[\s-]*alt|jahrige?r?|jaehrige?r?)\b"
)
_NAME = re.compile(r"\b[A-Z][\w'’-]+\s+(?:(?:van|von|de|da|di|del|al|bin)\s+)?[A-Z][\w'’-]+")
_LEET = str.maketrans("013457@$!", "oieastasi")

MINORS = "Limner makes no sexualised pictures of minors."
REAL_PEOPLE = (
    "Limner makes no sexualised pictures of real people; leave the person or the nudity out."
)


class Policy:
    """Reads texts before they cost anything."""

    def __init__(self, moderator: Moderator | None = None) -> None:
        self._moderator = moderator

    def check(self, text: str, *, blocked: Sequence[str] = ()) -> None:
        """Read a request or a grounded prompt; ``blocked`` are the workspace's own words.

        Raises:
            Refused: A rule stands against it; the message says which.
        """
        readings = _readings(text)
        sexual = _holds(readings, _SEXUAL)
        if sexual and (_holds(readings, _MINORS) or _AGE.search(_folded(text))):
            raise Refused(MINORS)
        if sexual and (_holds(readings, _REAL_PEOPLE) or _NAME.search(text)):
            raise Refused(REAL_PEOPLE)
        for phrase in blocked:
            if _holds(readings, [_folded(phrase)]):
                raise Refused(
                    f"This team does not want pictures about {phrase[:60]!r}; ask for something "
                    "else, or ask an admin to change the settings."
                )

    def check_grounded(self, request: str, grounded: str, *, blocked: Sequence[str] = ()) -> None:
        """Read what research made of a request. Sources may speak of nudity by themselves (of a
        statue, say), so only a sexual request is held against the people that they name.

        Raises:
            Refused: A rule stands against it; the message says which.
        """
        if _holds(_readings(request), _SEXUAL):
            self.check(f"{request} {grounded}")
        self.check(request, blocked=blocked)

    async def moderate(self, text: str) -> None:
        """Let the moderation model read a text, where one is configured; when it does not answer
        the rules alone decide.

        Raises:
            Refused: It stands against the text; the message says what it found.
        """
        if self._moderator is None:
            return
        found = await self._moderator.objections(text)
        if found:
            raise Refused(f"The moderation model refuses this request: {', '.join(found)}.")


def _readings(text: str) -> tuple[str, ...]:
    """The text as it is written, with digits for letters, and with letters set apart."""
    plain = _folded(text)
    joined = re.sub(r"\b(\w)[\s.*_-](?=\w\b)", r"\1", plain)
    return tuple(dict.fromkeys((plain, plain.translate(_LEET), joined, joined.translate(_LEET))))


def _folded(text: str) -> str:
    decomposed = normalized("NFKD", text).casefold()
    kept = (c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.sub(r"\s+", " ", "".join(kept)).replace("ß", "ss").strip()


def _holds(readings: Sequence[str], phrases: Sequence[str]) -> bool:
    pattern = _pattern(tuple(phrases))
    return any(pattern.search(reading) for reading in readings)


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    spoken = "|".join(re.escape(phrase) for phrase in phrases if phrase)
    return re.compile(rf"(?<!\w)(?:{spoken})(?!\w)") if spoken else re.compile(r"(?!)")
