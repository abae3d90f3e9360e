"""Versions of what was published: each is kept as it was when somebody first could read it."""

import contextlib

from shared.errors import Conflict, NotFound
from shared.platform import Platform
from shared.transparency import facts
from shared.transparency.models import Kind, NoticeView, PlatePolicyView, Publication, StatementView, VersionView

MOST_VERSIONS = 100
_known: set[tuple[str, str]] = set()
"""What this worker knows to be kept, so that a page that is read often costs one query and no write."""

type Published = StatementView | NoticeView | PlatePolicyView


async def published[P: (StatementView, NoticeView, PlatePolicyView)](
    platform: Platform, of: Kind, organisation: str, made: P, wanted: str | None
) -> P:
    """``made`` with its version, kept; or an older version, which is read back. Raises :class:`NotFound`."""
    content = made.model_dump(mode="json", by_alias=True)
    made.version = facts.version_of(content)
    await _keep(platform, of, organisation, made)
    versions = await _versions(platform, of, organisation)
    found = made
    if wanted is not None and wanted != made.version:
        try:
            old = await platform.records(Publication).read(_id(of, wanted), organisation)
        except NotFound:
            raise NotFound("There was no such version.") from None
        found = type(made).model_validate(old.content)
    found.versions = versions
    return found


async def _keep(platform: Platform, of: Kind, organisation: str, made: Published) -> None:
    if (organisation, _id(of, made.version)) in _known:
        return
    one = Publication(
        id=_id(of, made.version),
        organisation_id=organisation,
        of=of,
        version=made.version,
        published_at=platform.clock.now(),
        content=made.model_dump(mode="json", by_alias=True, exclude={"versions"}),
    )
    with contextlib.suppress(Conflict):  # published before
        await platform.records(Publication).create(one)
    _known.add((organisation, one.id))


async def _versions(platform: Platform, of: Kind, organisation: str) -> list[VersionView]:
    found = await platform.container(Publication.container).newest(
        "c.of = @of", {"of": of}, organisation, by="publishedAt", after=None, count=MOST_VERSIONS
    )
    return [VersionView(version=each["version"], published_at=each["publishedAt"]) for each in found]


def _id(of: Kind, version: str) -> str:
    return f"{of}-{version}"
