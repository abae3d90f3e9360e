"""Certificates of disposal: what went, when, under which rule, and when no backup can bring it back any more.

A certificate's id derives from its text, and the audit entry of the disposal names the id: so the log, whose head is
signed and whose entries cannot be changed, vouches for every word of it. On reading, the text is also given as a note
signed with the log's own key.
"""

import contextlib
from datetime import timedelta

from shared.audit import logs
from shared.audit.trail import Entry
from shared.clock import rfc3339
from shared.errors import Conflict
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.retention import schedule
from shared.retention.disposable import Disposable
from shared.retention.models import Certificate, CertificatePage, CertificateQuery, CertificateView, Why
from shared.retention.terms import terms_of
from shared.storage.cosmos import Document

ACTOR = "retention"
HEADING = "reeve disposal certificate v1"
REASONS = {
    Why.DUE: "the end of its time",
    Why.ERASURE: "a request for erasure",
    Why.RESTORED: "disposed of before, and brought back by a backup",
}


async def issue(platform: Platform, kind: Disposable, document: Document, why: Why, records: int) -> None:
    """Before the last step of a disposal: an interrupted one may be accounted for twice, never not at all."""
    organisation, now = document["organisationId"], platform.clock.now()
    terms = await terms_of(platform, organisation)
    category = kind.row_of(document | document["disposing"]["before"]).category
    text = await _text(platform, kind, document, category, why, records)
    certificate = Certificate(
        id=derived_id("certificate", text),
        organisation_id=organisation,
        category=category,
        subject=document["id"],
        text=text,
        disposed_at=now,
        dispose_at=terms.dispose_at("certificate", now),
        ttl=terms.seconds("certificate", now),
    )
    with contextlib.suppress(Conflict):  # issued by a run that was interrupted within the same second
        await platform.records(Certificate).create(certificate)
    await platform.trail.record(
        Entry(
            organisation=organisation,
            actor=ACTOR,
            actor_organisation=organisation,
            action="retention:dispose",
            subjects=[document["id"], certificate.id],
            policies=(f"retention-{category}", f"retention-why-{why.value}"),
        )
    )


async def list_certificates(
    platform: Platform, principal: Principal, query: CertificateQuery, binding: tuple[str, ...]
) -> CertificatePage:
    """A page, the newest first, each with the signature by which it can be checked."""
    organisation = principal.organisation
    resource = Resource("retention", organisation, organisation)
    decision = await platform.authorise(principal, "retention:read", resource)
    where, parameters = ["c.kind = 'certificate'"], dict[str, object]()
    if query.subject:
        where.append("c.subject = @subject")
        parameters["subject"] = str(query.subject)
    if query.category:
        where.append("c.category = @category")
        parameters["category"] = query.category
    wanted = Wanted(" AND ".join(where), parameters, organisation, "disposedAt", query.limit, query.cursor, binding)
    page = await newest_page(platform, Certificate, wanted)
    await platform.account(
        principal,
        "retention:certificates",
        organisation=organisation,
        subjects=[each.id for each in page.records],
        decision=decision,
    )
    place = await _place(platform, organisation)
    return CertificatePage(certificates=[_view(each, place) for each in page.records], next_cursor=page.next_cursor)


def _view(certificate: Certificate, place: logs.Place) -> CertificateView:
    known = certificate.model_dump(include=set(CertificateView.model_fields))
    return CertificateView(**known, note=place.key.signed(certificate.text))


async def _text(platform: Platform, kind: Disposable, document: Document, category: str, why: Why, records: int) -> str:
    now, row = platform.clock.now(), schedule.table()["category"][category]
    terms = await terms_of(platform, document["organisationId"], _site(kind, document))
    backups = schedule.backup("keys").after(now, schedule.UTC_ZONE) + timedelta(seconds=1)
    lines = {
        "controller": document["organisationId"],
        "record": document["id"],
        "what": row["says"],
        "records": str(records),
        "rule": terms.rule(category).id,
        "clock started with": row["starts"],
        "reason": REASONS[why],
        "disposed": rfc3339(now.replace(microsecond=0)),
        "no backup holds its key after": rfc3339(backups.replace(microsecond=0)),
    }
    return "\n".join([HEADING, *(f"{name}: {value}" for name, value in lines.items())]) + "\n"


def _site(kind: Disposable, document: Document) -> str | None:
    return str(document[kind.site]) if kind.site and document.get(kind.site) else None


async def _place(platform: Platform, organisation: str) -> logs.Place:
    stores = logs.Stores(
        entries=platform.container("audit"),
        organisations=platform.container("organisations"),
        immutable=platform.blobs.objects(logs.IMMUTABLE),
        latest=platform.blobs.objects(logs.LATEST),
        keyring=platform.keyring,
    )
    return await logs.place_of(stores, await logs.head_of(stores, organisation))
