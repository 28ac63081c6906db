"""The words of commands, buttons and forms, in each language; another one is another column here.

``COMMANDS`` has names (lowercase without blanks, ≤ 32 characters) and descriptions (≤ 100) of
commands and their options, by paths such as ``imagine`` and ``imagine.aspect``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.buttons import Deed
from domain.errors import StorageUnavailable

DEFAULT = "en"
LANGUAGES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Words:
    """A name and a description in one language."""

    name: str
    description: str


COMMANDS: Mapping[str, Mapping[str, Words]] = {
    "imagine": {
        "en": Words("imagine", "Look something up, then draw it"),
        "de": Words("zeichne", "Etwas nachschlagen und dann zeichnen"),
    },
    "imagine.prompt": {
        "en": Words("prompt", "What the picture should show"),
        "de": Words("wunsch", "Was das Bild zeigen soll"),
    },
    "imagine.reference": {
        "en": Words("reference", "A picture of yours to go by"),
        "de": Words("vorlage", "Ein eigenes Bild als Vorlage"),
    },
    "imagine.research": {
        "en": Words("research", "How much to look up"),
        "de": Words("recherche", "Wie viel nachgeschlagen wird"),
    },
    "imagine.aspect": {
        "en": Words("aspect", "Width to height, such as 16:9"),
        "de": Words("format", "Breite zu Höhe, etwa 16:9"),
    },
    "imagine.style": {
        "en": Words("style", "How it should look"),
        "de": Words("stil", "Wie es aussehen soll"),
    },
    "imagine.count": {
        "en": Words("count", "How many pictures, 1 to 4"),
        "de": Words("anzahl", "Wie viele Bilder, 1 bis 4"),
    },
    "imagine.seed": {
        "en": Words("seed", "A number that makes it repeatable"),
        "de": Words("startwert", "Eine Zahl, mit der es wiederholbar wird"),
    },
    "imagine.generator": {
        "en": Words("generator", "What draws it"),
        "de": Words("generator", "Womit gezeichnet wird"),
    },
    "imagine.rights": {
        "en": Words("rights", "Which pictures may become references"),
        "de": Words("rechte", "Welche Bilder Vorlage werden dürfen"),
    },
    "imagine.private": {
        "en": Words("private", "Show it to nobody but you"),
        "de": Words("privat", "Niemandem außer dir zeigen"),
    },
    "imagine.choose": {
        "en": Words("choose", "Choose the references before it is drawn"),
        "de": Words("auswahl", "Die Vorlagen auswählen, bevor gezeichnet wird"),
    },
    "edit": {
        "en": Words("edit", "Change an earlier picture"),
        "de": Words("ändere", "Ein früheres Bild ändern"),
    },
    "edit.image": {
        "en": Words("image", "The picture or job to change"),
        "de": Words("bild", "Das Bild oder der Auftrag"),
    },
    "edit.instruction": {
        "en": Words("instruction", "What should be different"),
        "de": Words("anweisung", "Was anders werden soll"),
    },
    "edit.reference": {
        "en": Words("reference", "A further picture to go by"),
        "de": Words("vorlage", "Ein weiteres Bild als Vorlage"),
    },
    "sources": {
        "en": Words("sources", "What a picture rests on"),
        "de": Words("quellen", "Worauf ein Bild beruht"),
    },
    "sources.job": {
        "en": Words("job", "The picture or job"),
        "de": Words("auftrag", "Das Bild oder der Auftrag"),
    },
    "job": {
        "en": Words("job", "Your jobs"),
        "de": Words("auftrag", "Deine Aufträge"),
    },
    "job.status": {
        "en": Words("status", "How a job stands"),
        "de": Words("stand", "Wie es um einen Auftrag steht"),
    },
    "job.cancel": {
        "en": Words("cancel", "Stop a job"),
        "de": Words("abbrechen", "Einen Auftrag anhalten"),
    },
    "job.history": {
        "en": Words("history", "Your newest jobs"),
        "de": Words("verlauf", "Deine neuesten Aufträge"),
    },
    "job.queue": {
        "en": Words("queue", "What waits for a moderator"),
        "de": Words("warteliste", "Was auf die Moderation wartet"),
    },
    "job.id": {
        "en": Words("id", "The job"),
        "de": Words("id", "Der Auftrag"),
    },
    "gallery": {
        "en": Words("gallery", "The pictures that the team likes best"),
        "de": Words("galerie", "Die Bilder, die dem Team am besten gefallen"),
    },
    "library": {
        "en": Words("library", "The team's own pages and pictures"),
        "de": Words("bibliothek", "Seiten und Bilder des Teams"),
    },
    "library.add": {
        "en": Words("add", "Put a file or an address into the library"),
        "de": Words("hinzufügen", "Eine Datei oder Adresse aufnehmen"),
    },
    "library.file": {
        "en": Words("file", "A picture, text or PDF"),
        "de": Words("datei", "Ein Bild, Text oder PDF"),
    },
    "library.address": {
        "en": Words("address", "A web page or picture"),
        "de": Words("adresse", "Eine Webseite oder ein Bild im Netz"),
    },
    "library.title": {
        "en": Words("title", "What it is called"),
        "de": Words("titel", "Wie es heißt"),
    },
    "library.author": {
        "en": Words("author", "Who made it"),
        "de": Words("urheber", "Wer es gemacht hat"),
    },
    "library.license": {
        "en": Words("license", "Its license, such as CC BY 4.0"),
        "de": Words("lizenz", "Seine Lizenz, etwa CC BY 4.0"),
    },
    "library.list": {
        "en": Words("list", "What is in the library"),
        "de": Words("liste", "Was in der Bibliothek ist"),
    },
    "library.remove": {
        "en": Words("remove", "Take something out of the library"),
        "de": Words("entfernen", "Etwas aus der Bibliothek nehmen"),
    },
    "library.id": {
        "en": Words("id", "The item"),
        "de": Words("id", "Der Eintrag"),
    },
    "settings": {
        "en": Words("settings", "What holds for you, this channel or the team"),
        "de": Words("einstellungen", "Was für dich, diesen Kanal oder das Team gilt"),
    },
    "settings.user": {
        "en": Words("user", "Your own defaults"),
        "de": Words("person", "Deine eigenen Vorgaben"),
    },
    "settings.channel": {
        "en": Words("channel", "Defaults and limits of this channel"),
        "de": Words("kanal", "Vorgaben und Grenzen dieses Kanals"),
    },
    "settings.team": {
        "en": Words("team", "Defaults and limits of the whole team"),
        "de": Words("team", "Vorgaben und Grenzen des ganzen Teams"),
    },
    "settings.name": {
        "en": Words("name", "Which setting; none to see them all"),
        "de": Words("name", "Welche Einstellung; keine, um alle zu sehen"),
    },
    "settings.value": {
        "en": Words("value", "The new value; empty to take it back"),
        "de": Words("wert", "Der neue Wert; leer, um sie zurückzunehmen"),
    },
    "usage": {
        "en": Words("usage", "What you asked for and what it cost"),
        "de": Words("verbrauch", "Was du bestellt hast und was es gekostet hat"),
    },
    "usage.team": {
        "en": Words("team", "Of the whole team (admins)"),
        "de": Words("team", "Vom ganzen Team (nur Admins)"),
    },
    "help": {
        "en": Words("help", "What Limner can do"),
        "de": Words("hilfe", "Was Limner kann"),
    },
    "news": {
        "en": Words("news", "Illustrate the news on a schedule"),
        "de": Words("nachrichten", "Nachrichten nach Zeitplan illustrieren"),
    },
    "news.add": {
        "en": Words("add", "Make a schedule"),
        "de": Words("neu", "Einen Zeitplan anlegen"),
    },
    "news.list": {
        "en": Words("list", "All schedules, their next times and what became of the latest"),
        "de": Words("liste", "Alle Zeitpläne, ihre nächsten Zeiten und die letzten Ergebnisse"),
    },
    "news.preview": {
        "en": Words("preview", "Try a schedule; only you see the result"),
        "de": Words("probe", "Einen Zeitplan ausprobieren; nur du siehst das Ergebnis"),
    },
    "news.run": {
        "en": Words("run", "Run a schedule now"),
        "de": Words("jetzt", "Einen Zeitplan jetzt ausführen"),
    },
    "news.pause": {
        "en": Words("pause", "Stop a schedule until it is resumed"),
        "de": Words("anhalten", "Einen Zeitplan bis auf Weiteres anhalten"),
    },
    "news.resume": {
        "en": Words("resume", "Take a schedule up again"),
        "de": Words("fortsetzen", "Einen Zeitplan wieder aufnehmen"),
    },
    "news.edit": {
        "en": Words("edit", "Change a schedule"),
        "de": Words("ändern", "Einen Zeitplan ändern"),
    },
    "news.remove": {
        "en": Words("remove", "Take a schedule away"),
        "de": Words("entfernen", "Einen Zeitplan löschen"),
    },
    "news.schedule": {
        "en": Words("schedule", "Which schedule"),
        "de": Words("zeitplan", "Welcher Zeitplan"),
    },
    "news.name": {
        "en": Words("name", "What it is called"),
        "de": Words("name", "Wie er heißt"),
    },
    "news.when": {
        "en": Words("when", "Such as weekdays at 9, or a cron expression"),
        "de": Words("wann", "Etwa werktags um 9, oder ein Cron-Ausdruck"),
    },
    "news.time_zone": {
        "en": Words("time_zone", "Such as Europe/Berlin"),
        "de": Words("zeitzone", "Etwa Europe/Berlin"),
    },
    "news.topic": {
        "en": Words("topic", "What the news should be about"),
        "de": Words("thema", "Wovon die Nachrichten handeln sollen"),
    },
    "news.feeds": {
        "en": Words("feeds", "Addresses of RSS or Atom feeds"),
        "de": Words("feeds", "Adressen von RSS- oder Atom-Feeds"),
    },
    "news.channel": {
        "en": Words("channel", "Where it is posted; here if nothing is said"),
        "de": Words("kanal", "Wo es erscheint; hier, wenn nichts gesagt wird"),
    },
    "news.approvals": {
        "en": Words("approvals", "How many people must approve a draft, 0 to 2"),
        "de": Words("freigaben", "Wie viele einen Entwurf freigeben müssen, 0 bis 2"),
    },
    "news.review": {
        "en": Words("review", "The channel in which drafts are approved"),
        "de": Words("prüfkanal", "Der Kanal, in dem Entwürfe freigegeben werden"),
    },
    "news.style": {
        "en": Words("style", "How the pictures should look"),
        "de": Words("stil", "Wie die Bilder aussehen sollen"),
    },
    "news.generator": {
        "en": Words("generator", "What draws them"),
        "de": Words("generator", "Womit sie gezeichnet werden"),
    },
    "news.language": {
        "en": Words("language", "The language of the posts"),
        "de": Words("sprache", "Die Sprache der Beiträge"),
    },
    "news.quiet": {
        "en": Words("quiet", "Days without posts, such as sun, 2026-12-24"),
        "de": Words("ruhetage", "Tage ohne Beiträge, etwa sun, 2026-12-24"),
    },
    "news.grace": {
        "en": Words("grace", "Hours after which a missed time is skipped, 0 to 48"),
        "de": Words("frist", "Stunden, nach denen ein verpasster Termin entfällt, 0 bis 48"),
    },
    "news.lead": {
        "en": Words("lead", "Hours before its time in which a draft is approved, 0 to 48"),
        "de": Words("vorlauf", "Stunden vor dem Termin, in denen freigegeben wird, 0 bis 48"),
    },
    "news.ends": {
        "en": Words("ends", "The last day, such as 2026-12-31"),
        "de": Words("ende", "Der letzte Tag, etwa 2026-12-31"),
    },
    "news.sources": {
        "en": Words("sources", "How many independent sources a story needs, 1 to 5"),
        "de": Words("quellen", "Wie viele unabhängige Quellen es braucht, 1 bis 5"),
    },
    "admin": {
        "en": Words("admin", "Limits and rights of the whole team"),
        "de": Words("verwaltung", "Grenzen und Rechte des ganzen Teams"),
    },
    "admin.quota": {
        "en": Words("quota", "How much may be asked for; 0 for no limit"),
        "de": Words("kontingent", "Wie viel bestellt werden darf; 0 für unbegrenzt"),
    },
    "admin.person": {
        "en": Words("person", "Pictures a day for each person"),
        "de": Words("person", "Bilder am Tag für jede Person"),
    },
    "admin.team": {
        "en": Words("team", "Pictures a day for everybody together"),
        "de": Words("team", "Bilder am Tag für alle zusammen"),
    },
    "admin.together": {
        "en": Words("together", "Jobs of one person at once; more wait their turn"),
        "de": Words("zugleich", "Aufträge einer Person zugleich; weitere warten"),
    },
    "admin.roles": {
        "en": Words("roles", "Who may ask, and who moderates"),
        "de": Words("rollen", "Wer bestellen darf und wer moderiert"),
    },
    "admin.allowed": {
        "en": Words("allowed", "Roles that may ask; “none” for everybody"),
        "de": Words("erlaubt", "Rollen, die bestellen dürfen; „none“ für alle"),
    },
    "admin.moderators": {
        "en": Words("moderators", "Roles that may delete and approve; “none” for none"),
        "de": Words("moderation", "Rollen, die löschen und freigeben; „none“ für keine"),
    },
    "admin.policy": {
        "en": Words("policy", "What may be drawn, and who looks at it first"),
        "de": Words("regeln", "Was gezeichnet werden darf und wer es zuerst ansieht"),
    },
    "admin.blocked": {
        "en": Words("blocked", "Words that no request may hold, with commas; “none” for none"),
        "de": Words("verboten", "Unerwünschte Wörter, mit Kommas; „none“ für keine"),
    },
    "admin.review": {
        "en": Words("review", "The channel in which pictures are approved first"),
        "de": Words("prüfkanal", "Der Kanal, in dem Bilder zuerst freigegeben werden"),
    },
    "admin.approvals": {
        "en": Words("approvals", "People who must approve, 0 to 2"),
        "de": Words("freigaben", "Wie viele freigeben müssen, 0 bis 2"),
    },
    "admin.audit": {
        "en": Words("audit", "Who did what"),
        "de": Words("protokoll", "Wer was getan hat"),
    },
    "admin.pause": {
        "en": Words("pause", "Take no requests for a while, or again"),
        "de": Words("pause", "Vorübergehend nichts annehmen, oder wieder"),
    },
    "admin.on": {
        "en": Words("on", "Whether Limner is paused"),
        "de": Words("an", "Ob Limner pausiert"),
    },
    "form.story": {
        "en": Words("words", "The headline, then a sentence in each line"),
        "de": Words("worte", "Die Überschrift, dann je Zeile ein Satz"),
    },
    "form.reason": {
        "en": Words("reason", "Why it should not be posted"),
        "de": Words("grund", "Warum es nicht gezeigt werden soll"),
    },
    "form.which": {
        "en": Words("references", "Which references to replace"),
        "de": Words("vorlagen", "Welche Vorlagen ersetzt werden"),
    },
    "form.files": {
        "en": Words("pictures", "Pictures of yours to go by"),
        "de": Words("bilder", "Eigene Bilder als Vorlage"),
    },
    "form.address": {
        "en": Words("address", "Or the address of a picture"),
        "de": Words("adresse", "Oder die Adresse eines Bildes"),
    },
    "menu.illustrate": {
        "en": Words("Illustrate this", ""),
        "de": Words("Hierzu zeichnen", ""),
    },
    "menu.edit": {
        "en": Words("Edit image", ""),
        "de": Words("Bild ändern", ""),
    },
    "menu.sources": {
        "en": Words("Show sources", ""),
        "de": Words("Quellen zeigen", ""),
    },
}
BUTTONS: Mapping[str, Mapping[Deed, str]] = {
    "en": {
        Deed.RERENDER: "Re-render",
        Deed.RERESEARCH: "Re-research",
        Deed.VARY: "Vary",
        Deed.EDIT: "Edit…",
        Deed.SOURCES: "Sources",
        Deed.REFERENCES: "References",
        Deed.CANCEL: "Cancel",
        Deed.DELETE: "Delete",
        Deed.APPROVE: "Approve",
        Deed.REJECT: "Reject…",
        Deed.GO: "Draw it",
        Deed.KEEP: "References to keep",
        Deed.REPLACE: "Replace…",
        Deed.APPEAL: "Ask moderators",
        Deed.ALLOW: "Allow this once",
        Deed.REVEAL: "Look at the picture",
        Deed.DISMISS: "Leave refused",
        Deed.LIFT: "Lift the suspension",
        Deed.UP: "Like",
        Deed.DOWN: "Dislike",
        Deed.SHOW: "Show",
        Deed.TEXT: "Edit text…",
        Deed.PICTURE: "Another picture",
        Deed.STORY: "Another story",
        Deed.ANNOTATE: "Add a note to the post",
        Deed.RETELL: "Replace the post",
        Deed.MORE: "More",
    },
    "de": {
        Deed.RERENDER: "Noch einmal zeichnen",
        Deed.RERESEARCH: "Neu recherchieren",
        Deed.VARY: "Variieren",
        Deed.EDIT: "Ändern…",
        Deed.SOURCES: "Quellen",
        Deed.REFERENCES: "Vorlagen",
        Deed.CANCEL: "Abbrechen",
        Deed.DELETE: "Löschen",
        Deed.APPROVE: "Freigeben",
        Deed.REJECT: "Ablehnen…",
        Deed.GO: "Zeichnen",
        Deed.KEEP: "Vorlagen behalten",
        Deed.REPLACE: "Ersetzen…",
        Deed.APPEAL: "Moderation fragen",
        Deed.ALLOW: "Einmal erlauben",
        Deed.REVEAL: "Bild ansehen",
        Deed.DISMISS: "Abgelehnt lassen",
        Deed.LIFT: "Sperre aufheben",
        Deed.UP: "Gefällt mir",
        Deed.DOWN: "Gefällt mir nicht",
        Deed.SHOW: "Zeigen",
        Deed.TEXT: "Text ändern…",
        Deed.PICTURE: "Anderes Bild",
        Deed.STORY: "Andere Meldung",
        Deed.ANNOTATE: "Beitrag ergänzen",
        Deed.RETELL: "Beitrag ersetzen",
        Deed.MORE: "Weitere",
    },
}
PHRASES: Mapping[str, Mapping[str, str]] = {
    "illustrate": {"en": "Illustrate", "de": "Zeichnen"},
    "more": {"en": "More", "de": "Mehr"},
    "change": {"en": "Change", "de": "Ändern"},
    "settings": {"en": "Settings", "de": "Einstellungen"},
    "sources": {"en": "Sources", "de": "Quellen"},
    "reject": {"en": "Reject", "de": "Ablehnen"},
    "replace.order": {
        "en": "In this order; what is left over is added.",
        "de": "In dieser Reihenfolge; was übrig bleibt, kommt dazu.",
    },
    "replace.title": {"en": "Replace references", "de": "Vorlagen ersetzen"},
    "delete.title": {"en": "Delete the picture?", "de": "Bild löschen?"},
    "delete.text": {
        "en": "It goes for everybody; its sources and recipe stay.",
        "de": "Es verschwindet für alle; Quellen und Rezept bleiben.",
    },
    "delete.no": {"en": "Keep it", "de": "Behalten"},
    "home.reviews": {"en": "Waiting for approval", "de": "Wartet auf Freigabe"},
    "home.jobs": {"en": "Your jobs", "de": "Deine Aufträge"},
    "home.schedules": {"en": "Scheduled news", "de": "Geplante Nachrichten"},
    "home.usage": {"en": "Usage", "de": "Verbrauch"},
    "paused": {
        "en": StorageUnavailable.PAUSED,
        "de": "Limner macht Pause, weil sein Speicher gerade nicht erreichbar ist. Nichts "
        "Angenommenes geht verloren; bitte versuche es in ein paar Minuten noch einmal.",
    },
    "paused.job": {
        "en": "Paused: Limner's storage cannot be reached just now. It goes on by itself.",
        "de": "Pausiert: Limners Speicher ist gerade nicht erreichbar. Es geht von selbst weiter.",
    },
}
"""Short words of forms and pages, by what they are for."""


def phrase(name: str, language: str | None = None) -> str:
    """A short text of a form or a page. Raises ``KeyError`` where there is none of that name."""
    known = PHRASES[name]
    return known.get(language_of(language), known[DEFAULT])


def label(deed: Deed, language: str | None = None) -> str:
    """What a button says; English where a language is not known."""
    return BUTTONS.get(language_of(language), BUTTONS[DEFAULT])[deed]


def words(path: str, language: str | None = None) -> Words:
    """The name and description of a command or an option.

    Raises:
        KeyError: There is none of that path.
    """
    known = COMMANDS[path]
    return known.get(language_of(language), known[DEFAULT])


def language_of(locale: str | None) -> str:
    """Our language for a locale such as ``de-AT``; English where there is none."""
    code = (locale or DEFAULT).replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else DEFAULT
