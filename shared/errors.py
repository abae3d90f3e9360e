"""The closed family of things that can go wrong, each a problem detail of RFC 9457.

Services raise these; the door turns them into a response once. Titles are for people who run a shop, and no message
ever repeats personal data that was sent.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one value: a JSON pointer (RFC 6901) or ``query:name``, a stable code, and what to fix."""

    at: str
    code: str
    detail: str


@dataclass
class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """The base of the family; ``slug`` names the problem type for machines, ``title`` for people."""

    detail: str
    errors: list[FieldError] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __str__(self) -> str:
        return f"{self.slug}: {self.detail}"


class Invalid(Problem):
    status, slug, title = 400, "invalid-request", "Some of what was sent needs correcting"


class Malformed(Problem):
    status, slug, title = 400, "malformed-body", "The body could not be read"


class Unauthenticated(Problem):
    status, slug, title = 401, "sign-in-required", "Please sign in"


class Forbidden(Problem):
    status, slug, title = 403, "not-permitted", "This is not permitted"


class NotFound(Problem):
    status, slug, title = 404, "not-found", "There is nothing here that you may see"


class Conflict(Problem):
    status, slug, title = 409, "conflict", "This already exists or has changed"


class Gone(Problem):
    status, slug, title = 410, "no-longer-there", "This has expired"


class PreconditionFailed(Problem):
    status, slug, title = 412, "changed-meanwhile", "Somebody changed this while you were looking at it"


class TooLarge(Problem):
    status, slug, title = 413, "too-large", "That is too large"


class UnsupportedMedia(Problem):
    status, slug, title = 415, "unsupported-media-type", "This kind of content is not accepted here"


class RangeNotSatisfiable(Problem):
    status, slug, title = 416, "range-not-satisfiable", "There is nothing at that place"


class IdempotencyMismatch(Problem):
    status, slug, title = 422, "idempotency-key-reused", "This Idempotency-Key was used for something else"


class PreconditionRequired(Problem):
    status, slug, title = 428, "precondition-required", "Say which version you are changing"


class Throttled(Problem):
    status, slug, title = 429, "too-many-requests", "Too many requests at once"


class QuotaSpent(Problem):
    status, slug, title = 429, "quota-spent", "That is more than work needs in one day"


class TermsNotAccepted(Problem):
    status, slug, title = 403, "terms-not-accepted", "Please accept the terms of use first"


class Unavailable(Problem):
    status, slug, title = 503, "temporarily-unavailable", "A part of the service is away; please try again shortly"


class CannotOpen(Problem):
    """Sealed data was altered, moved to another place, or sealed under a key that is gone."""

    slug, title = "sealed-data-unreadable", "A part of this record cannot be opened"
