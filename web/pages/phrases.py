"""The sentences of the pages by their names; templates say them by these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.translation.messages import Message, gettext, pgettext

PHRASES: Final[Mapping[str, Message]] = {
    "skip": gettext("Skip to the picture"),
    "ai": gettext("AI-generated image"),
    "ai.news": gettext("AI-generated illustration"),
    "board": gettext("Reference board"),
    "card": gettext("Typographic card"),
    "ai.words": pgettext("page ai.words", "Text written by AI from the sources"),
    "disclosure": gettext(
        "This picture was made by a computer. It is not a photograph of a real event."
    ),
    "disclosure.board": gettext(
        "This board shows reference pictures side by side; it was laid out by a computer."
    ),
    "request": gettext("The request"),
    "asked": gettext("Requested on {when}"),
    "rendered": gettext("Drawn on {when}"),
    "picture": gettext("Picture"),
    "pictures": gettext("Pictures of this request"),
    "picture.n": gettext("Picture {n}"),
    "picture.of": gettext("Picture {n} of {count}"),
    "larger": gettext("Open the picture in full size"),
    "described": gettext("Description of the picture"),
    "credit": gettext("Image: {generator} / Limner"),
    "references.by": gettext("References: {names}"),
    "prompt": gettext("What the picture is meant to show"),
    "prompt.how": gettext(
        "Each sentence that has a source carries its number. Point at it, or move to it with the "
        "Tab key, to read the passage."
    ),
    "prompt.none": gettext(
        "Nothing was looked up for this picture; it was drawn from the request alone."
    ),
    "evidence": gettext("What it is based on"),
    "evidence.count": gettext("Sources: {sources} · passages: {passages}"),
    "source.n": gettext("Source {n}: {title}. {verdict}"),
    "back": gettext("Back to the sentence"),
    "verdict.supported": gettext("Supported"),
    "verdict.mentioned": gettext("Mentioned"),
    "verdict.contradicted": gettext("Contradicted"),
    "verdict.unsupported": gettext("No source found"),
    "why.supported": gettext("The passage says it."),
    "why.mentioned": gettext("The passage speaks of it, but does not state it word for word."),
    "why.contradicted": gettext("The passage says otherwise."),
    "why.unsupported": gettext("No page that was read says it."),
    "why.picture": gettext("A picture that shows it."),
    "library": gettext("Team library"),
    "own": gettext("Provided by the person who asked"),
    "licence": gettext("Licence"),
    "licence.none": gettext("Licence unknown"),
    "author": gettext("Author"),
    "author.none": gettext("Author unknown"),
    "read": gettext("Read on {when}"),
    "read.label": pgettext("page read.label", "Read"),
    "described.more": gettext("Longer description"),
    "hash": gettext("SHA-256"),
    "hash.of": gettext("SHA-256 of what was read"),
    "claim": gettext("Claim"),
    "other": gettext("Also read for this picture"),
    "references": gettext("Reference pictures"),
    "reference.n": gettext("Reference {n}"),
    "reference.alt": gettext("Reference {n}: {title}"),
    "shaped": gettext("Shaped"),
    "shaped.by": gettext("See reference {n}"),
    "check": gettext("The self-check"),
    "check.claims": gettext("{shown} of {count} claims verified"),
    "check.score": gettext("Overall {score} of 1"),
    "check.by": gettext("Checked by {model}"),
    "check.none": gettext(
        "This picture was not checked after it was drawn: no vision model is set up here."
    ),
    "mark.faithfulness": gettext("Follows the request"),
    "mark.visual": gettext("Looks like its references"),
    "mark.text": gettext("Lettering is right"),
    "mark.aesthetics": gettext("Craft"),
    "shown.yes": gettext("Shown"),
    "shown.no": gettext("Not shown"),
    "shown.unknown": gettext("Can't tell"),
    "recipe": gettext("How it was made"),
    "recipe.how": gettext("With this recipe the same machine draws the same picture again."),
    "generator": gettext("Generator"),
    "revision": gettext("Revision"),
    "size": gettext("Size"),
    "seed": pgettext("page seed", "Seed"),
    "device": gettext("Device"),
    "versions": gettext("Software"),
    "fingerprint": gettext("Recipe fingerprint"),
    "bytes": gettext("SHA-256 of the picture"),
    "agent": gettext("Researched by"),
    "steps": gettext("Steps of the research"),
    "why.searched": gettext("Why something was looked up"),
    "notes": gettext("Notes"),
    "lineage": gettext("Where it comes from"),
    "lineage.how": gettext("Pictures that it was made from, and pictures made from it."),
    "lineage.this": gettext("This picture"),
    "lineage.before": gettext("Made from"),
    "lineage.after": gettext("Became"),
    "compare": gettext("What changed from the earlier picture"),
    "compare.before": gettext("Before"),
    "compare.after": gettext("After"),
    "compare.same": gettext("Identical to the earlier picture, bit for bit."),
    "compare.prompt": gettext("In the prompt"),
    "compare.settings": gettext("In the recipe"),
    "field": gettext("Field"),
    "research.compare": gettext("What changed from the earlier research"),
    "research.added": gettext("New sources"),
    "research.removed": gettext("No longer cited"),
    "research.changed": gettext("Page has changed"),
    "research.kept": gettext("Unchanged"),
    "none": gettext("None"),
    "changes": gettext("Corrections since"),
    "changes.none": gettext(
        "The pages that the story cites were read again {count} times; nothing was found changed."
    ),
    "changes.never": gettext("The pages that the story cites have not been read again yet."),
    "story": gettext("The story"),
    "story.pages": gettext("Reported by"),
    "cite": gettext("Cite and download"),
    "get.picture": gettext("Picture, signed"),
    "get.json": gettext("Evidence as JSON"),
    "get.markdown": gettext("Footnotes as Markdown"),
    "get.bibtex": gettext("Citation as BibTeX"),
    "get.csl": gettext("Citation as CSL-JSON"),
    "get.embed": gettext("Embed on a website"),
    "embed.how": gettext("Copy this into your page. It loads from here and nowhere else."),
    "copy": gettext("Copy"),
    "copied": gettext("Copied"),
    "provenance": gettext(
        "The downloaded picture carries content credentials (C2PA) that say how it was made."
    ),
    "verify.link": gettext("Check where a picture comes from"),
    "sight.link": gettext(
        "You see this page through a link that its team shared. Anyone with the link can open it."
    ),
    "sight.member": gettext("You see this page because you are a member."),
    "sight.public": gettext("This page is public."),
    "revoke": gettext("Revoke all links to this page"),
    "revoked": gettext("All links to this page were revoked. Members can still open it."),
    "gallery": gettext("Gallery"),
    "gallery.of": gettext("Pictures and their sources"),
    "search": gettext("Search requests and evidence"),
    "search.go": pgettext("page search.go", "Search"),
    "order": gettext("Sort by"),
    "order.newest": gettext("Newest first"),
    "order.best": gettext("Best first"),
    "filter.generator": gettext("Generator"),
    "filter.schedule": gettext("News schedule"),
    "filter.person": gettext("Requested by"),
    "filter.any": gettext("Any"),
    "filter.me": gettext("Me"),
    "gallery.empty": gettext("No pictures match."),
    "gallery.more": gettext("More pictures"),
    "gallery.page": gettext("Page {n}"),
    "previous": gettext("Previous page"),
    "feeds": gettext("Feeds"),
    "votes": gettext("{up} for, {down} against"),
    "verify": gettext("Where does this picture come from?"),
    "verify.how": gettext(
        "Drop a picture here, or choose a file. Limner looks at its content credentials and, "
        "where you may see them, for its own pictures. The file is not kept."
    ),
    "verify.file": gettext("Picture (up to {mb} MB)"),
    "verify.go": gettext("Check the picture"),
    "verify.nofile": gettext("Choose a picture first."),
    "verify.large": gettext("The file is larger than {mb} MB."),
    "verify.page": gettext("See its page"),
    "verify.layer": gettext("Identified by"),
    "verify.sure": gettext("{percent} % sure"),
    "layer.credentials": gettext("content credentials"),
    "layer.bytes": gettext("its bytes"),
    "layer.watermark": gettext("the watermark"),
    "layer.lookup": gettext("its appearance"),
    "found.signed": gettext("Made and signed by this Limner, and not changed since."),
    "found.changed": gettext("Made by this Limner, and changed since it was signed."),
    "found.probable": gettext("Probably made by this Limner: it looks like one of its pictures."),
    "found.signed_by_other": gettext(
        "Not made by this Limner. Its credentials name {signer!r}; who that is can't be confirmed."
    ),
    "found.unknown": gettext(
        "Nothing is known about this picture. It may still have been made by a model."
    ),
    "scope.anyone": gettext(
        "Without signing in, only content credentials and published pictures are looked at."
    ),
    "sign.in": gettext("Sign in with {name}"),
    "sign.out": gettext("Sign out"),
    "sign.why": gettext("Members see the pages of the channels that they can read."),
    "error.404": gettext("Page not found"),
    "error.404.text": gettext(
        "It may have been deleted, or you may not see it. Ask for a new link where the picture "
        "was posted."
    ),
    "error.410": gettext("This link no longer works"),
    "error.410.text": gettext(
        "It has expired or was revoked. Ask for a new one where the picture was posted: the "
        "sources of the picture show it."
    ),
    "error.429": gettext("Too many requests"),
    "error.429.text": gettext("Please wait a moment."),
    "error.403": gettext("That isn't allowed"),
    "error.403.text": gettext("Please open the page again and try once more."),
    "error.503": gettext("Limner can't do this right now"),
    "error.503.text": gettext("Please try again in a moment."),
    "print": gettext("Printed from {address}"),
    "error.sign": gettext("Signing in didn't work"),
    "error.sign.text": gettext("Please try again from the page that you wanted to see."),
}
