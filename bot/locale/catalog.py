"""The words of commands, buttons and forms, in each language; another one is another column here.

``COMMANDS`` has names (lowercase without blanks, ≤ 32 characters) and descriptions (≤ 100) of
commands and their options, by paths such as ``imagine`` and ``imagine.aspect``.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.buttons import ButtonAction
from bot.locale.button_labels import BUTTONS
from bot.locale.provenance import PROVENANCE_COMMANDS
from bot.locale.words import Words
from domain.errors import StorageUnavailable

DEFAULT = "en"
LANGUAGES = ("en", "de")


COMMANDS: Mapping[str, Mapping[str, Words]] = {
    "imagine": {
        "en": Words("imagine", "Research a subject, then draw it"),
        "de": Words("zeichne", "Ein Thema recherchieren und dann zeichnen"),
    },
    "imagine.prompt": {
        "en": Words("prompt", "What the picture should show"),
        "de": Words("wunsch", "Was das Bild zeigen soll"),
    },
    "imagine.reference": {
        "en": Words("reference", "Reference image"),
        "de": Words("vorlage", "Vorlagenbild"),
    },
    "imagine.research": {
        "en": Words("research", "How much research to do"),
        "de": Words("recherche", "Wie gründlich recherchiert wird"),
    },
    "imagine.aspect": {
        "en": Words("aspect", "Aspect ratio, such as 16:9"),
        "de": Words("format", "Seitenverhältnis, z. B. 16:9"),
    },
    "imagine.style": {
        "en": Words("style", "Style of the picture"),
        "de": Words("stil", "Stil des Bildes"),
    },
    "imagine.count": {
        "en": Words("count", "Number of pictures, 1 to 4"),
        "de": Words("anzahl", "Anzahl der Bilder, 1 bis 4"),
    },
    "imagine.seed": {
        "en": Words("seed", "Seed"),
        "de": Words("startwert", "Startwert (Seed)"),
    },
    "imagine.generator": {
        "en": Words("generator", "Image model"),
        "de": Words("generator", "Bildmodell"),
    },
    "imagine.rights": {
        "en": Words("rights", "Which images may be used as references"),
        "de": Words("rechte", "Welche Bilder als Vorlage dienen dürfen"),
    },
    "imagine.private": {
        "en": Words("private", "Show the result only to you"),
        "de": Words("privat", "Das Ergebnis nur dir zeigen"),
    },
    "imagine.choose": {
        "en": Words("choose", "Pick the reference images before drawing"),
        "de": Words("auswahl", "Vorlagen vor dem Zeichnen auswählen"),
    },
    "edit": {
        "en": Words("edit", "Edit an earlier picture"),
        "de": Words("ändere", "Ein früheres Bild bearbeiten"),
    },
    "edit.image": {
        "en": Words("image", "Picture or job to edit"),
        "de": Words("bild", "Bild oder Auftrag"),
    },
    "edit.instruction": {
        "en": Words("instruction", "What should change"),
        "de": Words("anweisung", "Was geändert werden soll"),
    },
    "edit.reference": {
        "en": Words("reference", "Another reference image"),
        "de": Words("vorlage", "Weiteres Vorlagenbild"),
    },
    "sources": {
        "en": Words("sources", "Show a picture's sources"),
        "de": Words("quellen", "Quellen eines Bildes anzeigen"),
    },
    "sources.job": {
        "en": Words("job", "Picture or job"),
        "de": Words("auftrag", "Bild oder Auftrag"),
    },
    "job": {
        "en": Words("job", "Your jobs"),
        "de": Words("auftrag", "Deine Aufträge"),
    },
    "job.status": {
        "en": Words("status", "Check a job's progress"),
        "de": Words("stand", "Status eines Auftrags"),
    },
    "job.cancel": {
        "en": Words("cancel", "Cancel a job"),
        "de": Words("abbrechen", "Einen Auftrag abbrechen"),
    },
    "job.history": {
        "en": Words("history", "Your latest jobs"),
        "de": Words("verlauf", "Deine letzten Aufträge"),
    },
    "job.queue": {
        "en": Words("queue", "Show what moderators need to review"),
        "de": Words("warteliste", "Zeigen, was die Moderation prüfen muss"),
    },
    "job.id": {
        "en": Words("id", "Job"),
        "de": Words("id", "Auftrag"),
    },
    "gallery": {
        "en": Words("gallery", "The most liked pictures"),
        "de": Words("galerie", "Die beliebtesten Bilder"),
    },
    "library": {
        "en": Words("library", "Pages and pictures that are searched before the web"),
        "de": Words("bibliothek", "Seiten und Bilder, die vor dem Web durchsucht werden"),
    },
    "library.add": {
        "en": Words("add", "Add a file or web address to the library"),
        "de": Words("hinzufügen", "Eine Datei oder Webadresse zur Bibliothek hinzufügen"),
    },
    "library.file": {
        "en": Words("file", "Picture, text or PDF"),
        "de": Words("datei", "Bild, Text oder PDF"),
    },
    "library.address": {
        "en": Words("address", "Address of a web page or picture"),
        "de": Words("adresse", "Adresse einer Webseite oder eines Bildes"),
    },
    "library.title": {
        "en": Words("title", "Name or title"),
        "de": Words("titel", "Name oder Titel"),
    },
    "library.author": {
        "en": Words("author", "Author"),
        "de": Words("urheber", "Urheber"),
    },
    "library.license": {
        "en": Words("license", "License, such as CC BY 4.0"),
        "de": Words("lizenz", "Lizenz, z. B. CC BY 4.0"),
    },
    "library.list": {
        "en": Words("list", "List what's in the library"),
        "de": Words("liste", "Inhalt der Bibliothek anzeigen"),
    },
    "library.remove": {
        "en": Words("remove", "Remove something from the library"),
        "de": Words("entfernen", "Etwas aus der Bibliothek entfernen"),
    },
    "library.id": {
        "en": Words("id", "Item"),
        "de": Words("id", "Eintrag"),
    },
    "settings": {
        "en": Words("settings", "Your, this channel's and the server's settings"),
        "de": Words("einstellungen", "Deine, Kanal- und Servereinstellungen"),
    },
    "settings.user": {
        "en": Words("user", "Your defaults"),
        "de": Words("person", "Deine Standardwerte"),
    },
    "settings.channel": {
        "en": Words("channel", "This channel's defaults and limits"),
        "de": Words("kanal", "Standardwerte und Limits dieses Kanals"),
    },
    "settings.team": {
        "en": Words("team", "The server's defaults and limits"),
        "de": Words("team", "Standardwerte und Limits des Servers"),
    },
    "settings.name": {
        "en": Words("name", "Setting to change (leave empty to see them all)"),
        "de": Words("name", "Welche Einstellung (leer lassen, um alle zu sehen)"),
    },
    "settings.value": {
        "en": Words("value", "New value (leave empty for the default)"),
        "de": Words("wert", "Neuer Wert (leer lassen für den Standardwert)"),
    },
    "usage": {
        "en": Words("usage", "How many pictures you made and what they cost"),
        "de": Words("verbrauch", "Wie viele Bilder du erstellt hast und was sie gekostet haben"),
    },
    "usage.team": {
        "en": Words("team", "Everyone's usage (admins only)"),
        "de": Words("team", "Verbrauch aller (nur für Admins)"),
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
        "en": Words("add", "Create a schedule"),
        "de": Words("neu", "Einen Zeitplan anlegen"),
    },
    "news.list": {
        "en": Words("list", "List all schedules with their next and latest posts"),
        "de": Words("liste", "Alle Zeitpläne mit nächsten Terminen und letzten Beiträgen"),
    },
    "news.preview": {
        "en": Words("preview", "Try out a schedule; only you see the result"),
        "de": Words("probe", "Einen Zeitplan ausprobieren; nur du siehst das Ergebnis"),
    },
    "news.run": {
        "en": Words("run", "Run a schedule now"),
        "de": Words("jetzt", "Einen Zeitplan jetzt ausführen"),
    },
    "news.pause": {
        "en": Words("pause", "Pause a schedule"),
        "de": Words("anhalten", "Einen Zeitplan pausieren"),
    },
    "news.resume": {
        "en": Words("resume", "Resume a schedule"),
        "de": Words("fortsetzen", "Einen Zeitplan fortsetzen"),
    },
    "news.edit": {
        "en": Words("edit", "Change a schedule"),
        "de": Words("ändern", "Einen Zeitplan ändern"),
    },
    "news.remove": {
        "en": Words("remove", "Delete a schedule"),
        "de": Words("entfernen", "Einen Zeitplan löschen"),
    },
    "news.schedule": {
        "en": Words("schedule", "Schedule"),
        "de": Words("zeitplan", "Zeitplan"),
    },
    "news.name": {
        "en": Words("name", "Name or title"),
        "de": Words("name", "Name"),
    },
    "news.when": {
        "en": Words("when", "When to post, such as weekdays at 9, or a cron expression"),
        "de": Words("wann", "Wann gepostet wird, z. B. werktags um 9, oder ein Cron-Ausdruck"),
    },
    "news.time_zone": {
        "en": Words("time_zone", "Time zone, such as Europe/Berlin"),
        "de": Words("zeitzone", "Zeitzone, z. B. Europe/Berlin"),
    },
    "news.topic": {
        "en": Words("topic", "What the news should be about"),
        "de": Words("thema", "Thema der Nachrichten"),
    },
    "news.feeds": {
        "en": Words("feeds", "Addresses of RSS or Atom feeds"),
        "de": Words("feeds", "Adressen von RSS- oder Atom-Feeds"),
    },
    "news.channel": {
        "en": Words("channel", "Channel to post in (default: this channel)"),
        "de": Words("kanal", "Kanal für die Beiträge (Standard: dieser Kanal)"),
    },
    "news.approvals": {
        "en": Words("approvals", "Approvals needed before posting, 0 to 2"),
        "de": Words("freigaben", "Nötige Freigaben vor dem Posten, 0 bis 2"),
    },
    "news.review": {
        "en": Words("review", "Channel where drafts are approved"),
        "de": Words("prüfkanal", "Kanal, in dem Entwürfe freigegeben werden"),
    },
    "news.style": {
        "en": Words("style", "Style of the pictures"),
        "de": Words("stil", "Stil der Bilder"),
    },
    "news.generator": {
        "en": Words("generator", "Image model"),
        "de": Words("generator", "Bildmodell"),
    },
    "news.language": {
        "en": Words("language", "Language of the posts"),
        "de": Words("sprache", "Sprache der Beiträge"),
    },
    "news.quiet": {
        "en": Words("quiet", "Days to skip, such as sun, 2026-12-24"),
        "de": Words("ruhetage", "Tage ohne Beiträge, z. B. sun, 2026-12-24"),
    },
    "news.grace": {
        "en": Words("grace", "Skip a post that is more than this many hours late, 0 to 48"),
        "de": Words("frist", "Ab wie vielen Stunden Verspätung ein Beitrag entfällt, 0 bis 48"),
    },
    "news.lead": {
        "en": Words("lead", "Hours before posting that the draft is ready for approval, 0 to 48"),
        "de": Words("vorlauf", "Stunden vor dem Posten, ab denen freigegeben wird, 0 bis 48"),
    },
    "news.ends": {
        "en": Words("ends", "Last day, such as 2026-12-31"),
        "de": Words("ende", "Letzter Tag, z. B. 2026-12-31"),
    },
    "news.sources": {
        "en": Words("sources", "Independent sources a story needs, 1 to 5"),
        "de": Words("quellen", "Nötige unabhängige Quellen pro Meldung, 1 bis 5"),
    },
    "admin": {
        "en": Words("admin", "Limits and permissions for the whole server"),
        "de": Words("verwaltung", "Limits und Rechte für den ganzen Server"),
    },
    "admin.quota": {
        "en": Words("quota", "Daily and parallel limits; 0 for no limit"),
        "de": Words("kontingent", "Limits pro Tag und gleichzeitig; 0 für unbegrenzt"),
    },
    "admin.person": {
        "en": Words("person", "Pictures per person per day"),
        "de": Words("person", "Bilder pro Person und Tag"),
    },
    "admin.team": {
        "en": Words("team", "Pictures per day for everyone together"),
        "de": Words("team", "Bilder pro Tag für alle zusammen"),
    },
    "admin.together": {
        "en": Words("together", "Jobs per person at the same time; more wait in the queue"),
        "de": Words("zugleich", "Gleichzeitige Aufträge pro Person; weitere warten"),
    },
    "admin.roles": {
        "en": Words("roles", "Who can request pictures and who moderates"),
        "de": Words("rollen", "Wer Bilder anfordern darf und wer moderiert"),
    },
    "admin.allowed": {
        "en": Words("allowed", "Roles that can request pictures, or “none” for everyone"),
        "de": Words("erlaubt", "Rollen, die Bilder anfordern dürfen; „none“ für alle"),
    },
    "admin.moderators": {
        "en": Words("moderators", "Roles that can delete and approve, or “none”"),
        "de": Words("moderation", "Rollen, die löschen und freigeben dürfen; „none“ für keine"),
    },
    "admin.policy": {
        "en": Words("policy", "What may be drawn and who approves it"),
        "de": Words("regeln", "Was gezeichnet werden darf und wer es freigibt"),
    },
    "admin.blocked": {
        "en": Words("blocked", "Blocked words, comma-separated, or “none”"),
        "de": Words("verboten", "Gesperrte Wörter, durch Kommas getrennt; „none“ für keine"),
    },
    "admin.review": {
        "en": Words("review", "Channel where pictures are approved"),
        "de": Words("prüfkanal", "Kanal, in dem Bilder freigegeben werden"),
    },
    "admin.approvals": {
        "en": Words("approvals", "Approvals needed, 0 to 2"),
        "de": Words("freigaben", "Nötige Freigaben, 0 bis 2"),
    },
    "admin.audit": {
        "en": Words("audit", "Who did what"),
        "de": Words("protokoll", "Wer was getan hat"),
    },
    "admin.pause": {
        "en": Words("pause", "Pause or resume Limner"),
        "de": Words("pause", "Limner pausieren oder fortsetzen"),
    },
    "admin.on": {
        "en": Words("on", "Whether Limner is paused"),
        "de": Words("an", "Ob Limner pausiert ist"),
    },
    "form.story": {
        "en": Words("words", "Headline first, then one sentence per line"),
        "de": Words("worte", "Erst die Überschrift, dann ein Satz pro Zeile"),
    },
    "form.reason": {
        "en": Words("reason", "Why it should not be posted"),
        "de": Words("grund", "Warum es nicht gepostet werden soll"),
    },
    "form.which": {
        "en": Words("references", "Which references to replace"),
        "de": Words("vorlagen", "Welche Vorlagen ersetzt werden sollen"),
    },
    "form.files": {
        "en": Words("pictures", "Reference images"),
        "de": Words("bilder", "Vorlagenbilder"),
    },
    "form.address": {
        "en": Words("address", "Or the address of a picture"),
        "de": Words("adresse", "Oder die Adresse eines Bildes"),
    },
    "menu.illustrate": {
        "en": Words("Illustrate this", ""),
        "de": Words("Bild dazu erstellen", ""),
    },
    "menu.edit": {
        "en": Words("Edit image", ""),
        "de": Words("Bild bearbeiten", ""),
    },
    "menu.sources": {
        "en": Words("Show sources", ""),
        "de": Words("Quellen anzeigen", ""),
    },
    **PROVENANCE_COMMANDS,
}
PHRASES: Mapping[str, Mapping[str, str]] = {
    "illustrate": {"en": "Illustrate", "de": "Zeichnen"},
    "more": {"en": "Show more", "de": "Mehr"},
    "change": {"en": "Change", "de": "Ändern"},
    "settings": {"en": "Settings", "de": "Einstellungen"},
    "sources": {"en": "Sources", "de": "Quellen"},
    "reject": {"en": "Reject", "de": "Ablehnen"},
    "replace.order": {
        "en": "Replaced in this order; extra images are added.",
        "de": "Werden in dieser Reihenfolge ersetzt; weitere Bilder kommen hinzu.",
    },
    "replace.title": {"en": "Replace references", "de": "Vorlagen ersetzen"},
    "delete.title": {"en": "Delete the picture?", "de": "Bild löschen?"},
    "delete.text": {
        "en": "This removes it for everyone. Sources and recipe are kept.",
        "de": "Das Bild wird für alle entfernt. Quellen und Rezept bleiben erhalten.",
    },
    "delete.no": {"en": "Keep it", "de": "Behalten"},
    "home.reviews": {"en": "Needs approval", "de": "Wartet auf Freigabe"},
    "home.jobs": {"en": "Your jobs", "de": "Deine Aufträge"},
    "home.schedules": {"en": "Scheduled news", "de": "Geplante Nachrichten"},
    "home.usage": {"en": "Usage", "de": "Verbrauch"},
    "paused": {
        "en": StorageUnavailable.PAUSED,
        "de": "Limner ist pausiert, weil sein Speicher gerade nicht erreichbar ist. Nichts geht "
        "verloren. Bitte versuche es in ein paar Minuten noch einmal.",
    },
    "paused.job": {
        "en": "Paused: Limner's storage can't be reached. The job resumes by itself.",
        "de": "Pausiert: Limners Speicher ist nicht erreichbar. Es geht von selbst weiter.",
    },
}
"""Short words of forms and pages, by what they are for."""


_GRID: Mapping[ButtonAction, str] = {ButtonAction.UPSCALE: "U", ButtonAction.VARY: "V"}
"""How the buttons of the pictures of a set begin, in every language."""


def phrase(name: str, language: str | None = None) -> str:
    """A short text of a form or a page. Raises ``KeyError`` where there is none of that name."""
    known = PHRASES[name]
    return known.get(language_of(language), known[DEFAULT])


def label(deed: ButtonAction, language: str | None = None, *, number: int | None = None) -> str:
    """What a button says, for one picture of a set with its number (``U2``, ``V3`` as people know
    them); English where a language is not known."""
    if number is not None and deed in _GRID:
        return f"{_GRID[deed]}{number}"
    text = BUTTONS.get(language_of(language), BUTTONS[DEFAULT])[deed]
    return f"{text} {number}" if number is not None else text


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
