"""Commands that are wishes, by their verb and by what they act upon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.intents.fragments import FragmentRules
from bot.intents.objects import Fit
from bot.intents.rules import Strength, begins
from bot.intents.things import is_shown
from bot.intents.wording import Form

_PLACES: Final = re.compile(
    r"(?:write|schreib|put|place|give|draw|paint|show|have|hang|stick|make|let|set|change|turn|"
    r"setz|stell|leg|gib|mal|zeichne|zeig|pack|häng|mach|änder)e?\b"
)
_SET_DOWN: Final = frozenset(
    {
        *("put", "place", "hang", "stick", "move", "bring", "throw", "push", "pull", "set"),
        *("take", "give", "leave", "häng", "hänge", "stell", "stelle", "setz", "setze", "leg"),
        *("lege", "bringe", "pack", "packe", "schieb", "schiebe", "nimm", "gib", "zieh"),
        *("ziehe", "tu"),
    }
)
_PARTED: Final = re.compile(r"\Atake ((?:the|that|this|those) .+?) (out|away|off)(?=$|[,.!])")
_ONE: Final = re.compile(r"(?:a|an|ein|eine|einen)\s")
_OPENING: Final = frozenset({"open", "close", "shut", "öffne", "schließ", "schließe"})
_KEPT: Final = frozenset(
    {
        *("remove", "erase", "replace", "swap", "exchange", "substitute", "crop", "move", "change"),
        *("get rid of", "take out", "take away", "take off", "leave out", "update", "switch"),
        *("entferne", "entfern", "ersetze", "ersetz", "tausche", "tausch", "wechsle", "wechsel"),
        *("änder", "ändere", "nimm", "lösch", "lösche", "verstecke"),
    }
)
"""Verbs about what is there already."""
_QUOTED: Final = re.compile(r"[\"„«»][^\"„«»]{1,80}[\"“«»]")
_RECIPIENT: Final = re.compile(
    r"\A(?:me|us|mir|uns)\s+(?=(?:it|the|a|an|more|some|das|die|den|es|ein|eine|einen)\b)"
)


@dataclass(frozen=True, slots=True)
class CommandRules(FragmentRules):
    """Imperatives, German infinitives and proposals."""

    def _proposal(self, form: Form, *, called: bool) -> Strength:
        """ "How about a full moon", "how about making it snow"."""
        words = form.words
        gerund = words[0][:-3] if words[0].endswith("ing") and len(words) > 1 else ""
        verbs = self.language.words["verbs"] | self.language.words["weak_verbs"]
        if form.asked and gerund and verbs & {gerund, f"{gerund}e", gerund[:-1]}:
            rest = form.text.partition(" ")[2]
            fits = called or self.objects.fit(rest) is Fit.FITS or self.objects.has_looks(rest)
            return Strength.PLAIN if fits else Strength.NONE
        if not form.proposed or self._is_talk(form.text) or len(words) > 10:
            return Strength.NONE
        article = words[0] in self.language.words["determiners"] or words[0] in ("more", "mehr")
        article = article and (called or len(words) == 1 or self.objects.fit(form.text) is Fit.FITS)
        return Strength.PLAIN if article or self._is_visual(form.text) else Strength.NONE

    def _imperative(self, form: Form, *, called: bool) -> Strength:
        text, language = _PARTED.sub(r"take \2 \1", form.text), self.language
        form = Form(text, form.asked, form.proposed)
        strong = language.front["verbs"].match(text)
        if strong and language.shapes["self"].match(text, strong.end()):
            return Strength.NONE  # "remove me from this thread"
        if language.shapes["switched"].fullmatch(text) and not self._dims(text):
            return Strength.PERHAPS if called else Strength.NONE  # "mach das Licht aus"
        if strong:
            return self._of_verb(form, strong, called=called)
        weak = language.front["weak_verbs"].match(text)
        if weak is None or len(form.words) < 2:
            return Strength.NONE
        rest = _QUOTED.sub("it" if language.language == "en" else "das", text[weak.end() :])
        if weak[0].strip() in ("show", "give", "zeig", "zeige", "gib"):
            rest = _RECIPIENT.sub("", rest)
        if any(begins(rest, phrase) for phrase in language.words["not_after_make"]):
            return Strength.NONE
        own = language.shapes["self"].match(rest) or language.shapes["own"].search(rest)
        if own or language.shapes["let_be"].fullmatch(text):
            return Strength.PERHAPS if called else Strength.NONE
        made = weak[0].strip() in ("make", "mach", "mache") and _ONE.match(rest)
        if made and not called and not self.objects.has_looks(rest):
            return Strength.NONE  # "make a poster in groups"
        if weak[0].strip() in ("bring", "bringe") and not language.shapes["closer"].search(rest):
            return Strength.PERHAPS if called else Strength.NONE
        found = self._of_weak_verb(form, text, rest, called=called)
        return min(found, self._allowed(weak[0], rest, called=called))

    def _dims(self, text: str) -> bool:
        """Whether what is turned down belongs to the picture ("turn the fog down"); in German the
        same words switch a lamp off."""
        rest = text.partition(" ")[2]
        dimmed = re.search(r"\b(?:down|up)\b", text)
        return (
            dimmed is not None
            and self.language.language == "en"
            and self.objects.fit(rest) is Fit.FITS
        )

    def _of_weak_verb(self, form: Form, text: str, rest: str, *, called: bool) -> Strength:
        language = self.language
        built = any(
            language.shapes[name].fullmatch(text) for name in ("let", "changed", "placed", "put_on")
        )
        contrast = re.search(r"\b(?:but|aber)\b", rest)
        posed = re.match(r"(?:it|him|her|them) \w{3,}ing\b", rest)
        if (
            built
            or contrast
            or posed
            or self._is_visual(rest)
            or language.shapes["view_in"].search(rest)
        ):
            return Strength.PLAIN
        if self.objects.fit(rest) is Fit.FITS and self._places(text):
            return Strength.PLAIN
        return Strength.PERHAPS if form.asked or called else Strength.NONE

    def _places(self, text: str) -> bool:
        return re.match(_PLACES, text) is not None

    def _of_verb(self, form: Form, verb: re.Match[str], *, called: bool) -> Strength:
        """A command with a verb of drawing, by what it acts upon."""
        rest = form.text[verb.end() :]
        if not rest:
            return Strength.PLAIN if form.asked else Strength.PERHAPS
        return self._allowed(verb[0], rest, called=called)

    def _allowed(self, verb: str, rest: str, *, called: bool) -> Strength:
        """The most that a command may be taken for, by what it acts upon.

        Said to Limner, only what the picture cannot have is asked about.
        """
        adds = verb.strip(" ,.:;!") not in _KEPT
        fit = self.objects.fit(rest, adds=called or adds)
        if called:
            return Strength.PERHAPS if fit is Fit.FOREIGN else Strength.PLAIN
        if verb.strip() in _OPENING and not self._shows(rest):
            return Strength.NONE  # "close the windows, it's raining"
        if verb.strip(" ,.:;!") in _SET_DOWN and self.objects.is_elsewhere(rest):
            return Strength.NONE  # "put the chairs in the hall"
        if fit is Fit.WHOLE and verb.strip(" ,.:;!") in self.language.words["placing"]:
            kept = verb.strip() in ("keep", "behalt", "behalte")
            view = self.language.shapes["view_in"].search(rest) is not None
            looks = (self.objects.has_looks(rest) or view) and not kept
            looks = looks or re.match(r"(?:it|him|her|them) \w{3,}ing\b", rest) is not None
            contrast = re.search(r"\b(?:but|except|aber|außer)\b", rest)
            return Strength.PLAIN if looks or contrast else Strength.NONE
        return Strength.PLAIN if fit >= Fit.WHOLE else Strength.NONE

    def _shows(self, rest: str) -> bool:
        """Whether the picture's own words name what is acted upon."""
        first = next(self.objects.phrases(rest), None)
        words = first.words if first is not None else ()
        return any(is_shown(word, self.shown, self.language.language) for word in words)

    def _infinitive(self, form: Form) -> Strength:
        """German puts the verb last: "den Himmel dunkler machen", "Hund dazu"."""
        endings = self.language.words.get("infinitives", frozenset())
        words = form.words
        if len(words) < 2 or words[-1] not in endings or self._has_person(form.text):
            return Strength.NONE
        if self.language.shapes["switched"].fullmatch(form.text):
            return Strength.NONE
        before = " ".join(words[:-1])
        for name in ("verbs", "weak_verbs"):  # "nimm den Schlitten raus"
            verb = self.language.front[name].match(before)
            before = before[verb.end() :] if verb else before
        fit = self.objects.fit(before)
        if fit is Fit.FITS or (fit is Fit.WHOLE and self._is_visual(before)):
            return Strength.PLAIN
        if fit is Fit.FOREIGN or not form.asked:
            return Strength.NONE
        return Strength.PERHAPS
