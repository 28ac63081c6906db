"""The error tree: one class per kind of reaction, and the sentence that a person is shown.

::

    LimnerError                      anything Limner raises on purpose
    ├── RequesterError               the requester can correct it
    │   ├── InvalidRequest           the request is invalid
    │   ├── NotFound                 nothing with that id in this workspace
    │   ├── Refused                  understood, but not allowed (policy, license, quota)
    │   │   └── LimitReached         until a time: a limit of the day or the month
    │   ├── NotPossibleNow           understood, but the job or illustration is in the wrong state
    │   └── UnusableReference        a reference picture that cannot be used
    ├── OperatorError                the operator must repair it
    │   ├── InvalidSettings          a setting is missing or wrong
    │   ├── SchemaMismatch           the database is of another version
    │   ├── StorageUnavailable       the data folder, the database or the blobs cannot be used
    │   ├── SurfaceRefused           a chat platform does not let the app do what it must
    │   └── GeneratorUnavailable     a generator is configured but cannot work here
    ├── TransientError               it is tried again, then reported
    │   ├── ModelUnavailable         the research model did not answer
    │   │   └── ContextTooLong       the conversation is longer than the model reads
    │   ├── ProviderUnavailable      a search provider did not answer usefully
    │   ├── RenderFailed             a generator gave no picture this time
    │   ├── SurfaceUnavailable       a chat platform did not answer
    │   └── FetchFailed              an address could not be read (see ``BlockedAddress``)
    │       ├── BlockedAddress       an address that Limner never opens; not tried again
    │       └── NotFetched           an address that was not fetched, for no fault of its own
    └── JobCancelled                 the job was asked to stop

``str(error)`` is always one complete sentence in English, for logs: what is wrong and what to do
next. It never holds a secret and never a traceback. ``error.sentence`` is the same for people; the
edge translates it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from domain.policy import Refusal
from domain.short_codes import id_shown
from domain.translation.messages import Translatable, gettext, stored


class LimnerError(Exception):
    """Anything Limner raises on purpose; ``str()`` is one sentence for people."""

    retryable: bool = False
    """Whether doing the same again later may succeed."""
    refusal: Refusal | None = None
    """The policy's refusal, where it is the reason."""

    @property
    def sentence(self) -> str:
        """The sentence, translatable also where it was read back as text."""
        message = self.args[0] if self.args else ""
        return message if isinstance(message, Translatable) else stored(str(self))


class RequesterError(LimnerError):
    """The requester can correct it."""


class InvalidRequest(RequesterError):
    """The request is invalid; ``field`` names the part that is wrong."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(RequesterError):
    """Nothing with that id exists in this workspace; surfaces add where people find what does."""

    def __init__(self, kind: str, identifier: str) -> None:
        shown = id_shown(identifier) if kind in _WITH_CODES else identifier
        super().__init__(
            gettext(
                "There is no {kind} {identifier!r} here.",
                kind=KINDS.get(kind, kind),
                identifier=shown,
            )
        )
        self.kind = kind
        self.identifier = identifier
        self.shown = shown
        """The id as people read it."""


_WITH_CODES = frozenset({"job", "picture", "illustration", "draft"})
"""Kinds whose ids people know by their short codes."""
KINDS: Mapping[str, Translatable] = {
    "job": gettext("job"),
    "picture": gettext("picture"),
    "illustration": gettext("illustration"),
    "library item": gettext("library item"),
    "schedule": gettext("schedule"),
    "preset": gettext("preset"),
    "draft": gettext("draft"),
    "story": gettext("story"),
    "slot": gettext("slot"),
    "post": gettext("post"),
    "notice": gettext("notice"),
}
"""The subject of ``NotFound``, in words."""


class Refused(RequesterError):
    """Understood, but not allowed: a policy, a license or a quota stands against it."""

    def __init__(self, message: str, *, refusal: Refusal | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal


class PremiumNeeded(Refused):
    """The requester lacks the subscription that the operator asks for; ``sku`` is the platform's
    id of it, with which a surface offers it."""

    def __init__(self, sku: str) -> None:
        super().__init__(
            gettext(
                "Requesting pictures needs a subscription. Get it with the button, then ask again."
            )
        )
        self.sku = sku


class LimitReached(Refused):
    """A limit of a day or a month stands against it, until ``until`` (aware).

    The message says that time as :func:`utc_text` gives it; surfaces put it into the reader's zone.
    """

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


def utc_text(at: datetime) -> str:
    """A time in UTC as sentences say it where the reader's zone is not known."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


class NotPossibleNow(RequesterError):
    """Understood, but the job or the illustration is in a state that does not allow it."""


class UnusableReference(RequesterError):
    """A reference picture cannot be used; ``name`` is how the requester called it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            gettext("The reference {name!r} can't be used: {why}.", name=name, why=why)
        )
        self.name = name
        self.why = why


class OperatorError(LimnerError):
    """The operator must repair it."""


class InvalidSettings(OperatorError):
    """A setting is missing or wrong; the message names it as it is typed."""


class SchemaMismatch(OperatorError):
    """The database is of another version than this program."""


class StorageUnavailable(OperatorError):
    """The data folder, the database or the store of blobs cannot be read or written.

    A job waits until the storage can be used again: it never fails for this reason, unless
    ``permanent`` says that waiting cannot help (bytes that were changed on the disk, say).
    ``retryable`` is True for what passes without help, such as a server that restarts, and False
    for what must be repaired, such as a full disk. The message is the operator's; requesters are
    shown ``PAUSED``.
    """

    PAUSED = gettext(
        "Limner is paused because its storage can't be reached. Nothing is lost; please "
        "try again in a few minutes."
    )

    def __init__(self, message: str, *, retryable: bool = False, permanent: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.permanent = permanent


class SurfaceRefused(OperatorError):
    """A chat platform does not let the app do what it must; ``code`` is the platform's own word."""

    place_closed: bool = False
    """Whether nothing at all can be posted in that place."""

    def __init__(self, surface: str, why: str, *, code: str = "") -> None:
        super().__init__(gettext("{surface} refused: {why}.", surface=surface, why=why))
        self.surface = surface
        self.code = code


class GeneratorUnavailable(OperatorError):
    """A generator is configured but cannot work on this machine."""


class TransientError(LimnerError):
    """No one has to react: it is tried again, and reported when it stays."""

    retryable = True


class ModelUnavailable(TransientError):
    """The research model did not answer.

    ``detail`` is its server's message, for the log and the operator; it is no part of the sentence.
    """

    def __init__(self, why: str, *, detail: str = "") -> None:
        super().__init__(gettext("The research model didn't answer: {why}.", why=why))
        self.why = why
        self.detail = detail


class ContextTooLong(ModelUnavailable):
    """A conversation is longer than the model reads; a shorter one may be answered."""

    retryable = False


class ProviderUnavailable(TransientError):
    """A search provider did not answer usefully; ``provider`` is its name in the settings.

    ``retry_after_s`` is for how long it asked to be left alone, in seconds.
    """

    def __init__(self, provider: str, why: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(
            gettext(
                "The search provider {provider!r} didn't answer: {why}.", provider=provider, why=why
            )
        )
        self.provider = provider
        self.why = why
        self.retry_after_s = retry_after_s


class RenderFailed(TransientError):
    """A generator gave no picture this time: too slow, out of memory, its service down.

    Not retried by itself: a generator makes its own second tries, and another whole render would
    cost as much again.
    """

    retryable = False

    def __init__(self, generator: str, why: str) -> None:
        super().__init__(
            gettext(
                "The generator {generator!r} couldn't make a picture: {why}.",
                generator=generator,
                why=why,
            )
        )
        self.generator = generator
        self.why = why


class SurfaceUnavailable(TransientError):
    """A chat platform did not answer; ``surface`` is its name as people write it."""

    def __init__(self, surface: str, why: str) -> None:
        super().__init__(gettext("{surface} didn't answer: {why}.", surface=surface, why=why))
        self.surface = surface
        self.why = why


class FetchFailed(TransientError):
    """An address could not be read.

    ``status`` is the HTTP status when there was one; ``retry_after_s`` is what the other side asked
    for, in seconds.
    """

    def __init__(
        self,
        url: str,
        why: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(
            gettext("The address {url!r} couldn't be read: {why}.", url=url[:200], why=why)
        )
        self.url = url
        self.why = why
        self.status = status
        self.retry_after_s = retry_after_s


class BlockedAddress(FetchFailed):
    """An address that Limner never opens (private network, odd port, unknown scheme)."""

    retryable = False


class NotFetched(FetchFailed):
    """An address that was not asked just now: all connections were in use, or its site had not
    answered several times before. Says nothing about the address."""

    retryable = False


class JobCancelled(LimnerError):
    """The job was asked to stop, and stopped."""

    def __init__(self, job_id: str) -> None:
        super().__init__(gettext("Job {job_id} was cancelled.", job_id=id_shown(job_id)))
        self.job_id = job_id


UNEXPECTED = gettext(
    "Something went wrong on Limner's side. Please try again; if it keeps happening, ask whoever "
    "runs Limner to check its log."
)


def public_sentence(error: BaseException) -> str:
    """The public sentence of an error: without internals, and without temporary storage errors. The
    operator finds both in the log."""
    if isinstance(error, StorageUnavailable) and not error.permanent:
        return StorageUnavailable.PAUSED
    return error.sentence if isinstance(error, LimnerError) else UNEXPECTED
