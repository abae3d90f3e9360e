"""Records whose personal fields are sealed on the way to the store and opened on the way back.

A field is personal because its type says so, and a field that holds text has to say what it is::

    class Report(Record):
        report_id: str
        what_happened: Sealed[str]
        retention_category: Clear[str]

A text that is neither ``Sealed`` nor ``Clear``, nor by its name an id, a token or a commitment, is an error when the
program starts: nobody forgets to seal. In the database a sealed field is absent; its envelope stands under
``sealed``. The value ``None`` is sealed like any other, so that a dump does not even tell which fields are filled.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAliasType, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.errors import CannotOpen, IdempotencyMismatch, NotFound
from shared.sealing.envelope import Place, RecordKey, open_, seal
from shared.sealing.keyring import Keyring
from shared.storage.cosmos import Container, Document, Key, Write

T = TypeVar("T")


class _Personal:
    """The mark that ``Sealed`` leaves on a field."""


class _Harmless:
    """The mark that ``Clear`` leaves on a field."""


PERSONAL, HARMLESS = _Personal(), _Harmless()
Sealed = Annotated[T, PERSONAL]
Clear = Annotated[T, HARMLESS]
"""Text that never tells of a person, and may be searched: names of shops, categories, products."""
IDS = re.compile(r"(.*_)?(id|ids|by|token|tokens|commitment|etag)")
"""Names of fields whose text is made by the program."""


class Record(BaseModel):
    """A stored document of one organisation. ``container`` names its Cosmos container; ``etag`` its version."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", defer_build=True)

    container: ClassVar[str]
    sealed_fields: ClassVar[tuple[str, ...]] = ()

    id: str
    organisation_id: str
    schema_version: int = 1
    etag: str = Field(default="", exclude=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.sealed_fields = tuple(n for n, f in cls.model_fields.items() if PERSONAL in f.metadata)
        for name, field in cls.model_fields.items():
            if name not in cls.sealed_fields and "_Personal" in repr(field.annotation):
                raise TypeError(f"{cls.__name__}.{name}: write Sealed[X | None], not Sealed[X] inside another type")
            if not (PERSONAL in field.metadata or HARMLESS in field.metadata or IDS.fullmatch(name)):
                _refuse_text(cls, name, field.annotation)

    @property
    def key(self) -> Key:
        """The full partition key; a container partitioned by more than the organisation overrides this."""
        return self.organisation_id

    @property
    def key_id(self) -> str:
        """Which record's key seals this document: its own, unless it lives and dies with another."""
        return self.id


def _refuse_text(model: type[Record], name: str, annotation: Any) -> None:
    if any(each is str for each in _leaves(annotation)):
        choice = "Sealed[...] if it can tell of a person, Clear[...] if it never can"
        raise TypeError(f"{model.__name__}.{name} holds text: write {choice}")


def _leaves(annotation: Any) -> Iterator[Any]:
    """The types that a value of this type is made of, those of nested models included."""
    if isinstance(annotation, TypeAliasType):
        yield from _leaves(annotation.__value__)
    elif get_origin(annotation) is Literal:
        return
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from _leaves(field.annotation)
    elif parts := get_args(annotation):
        for part in parts:
            yield from _leaves(part)
    else:
        yield annotation


class Requested(Record):
    """A record whose id comes of an Idempotency-Key: a request that is repeated meets the record that it has made."""

    request_commitment: str
    """Keyed, of what was asked for: tells a repetition from another request with the same key."""


def sealed(record: Record, key: RecordKey) -> Document:
    """The document to store: personal fields replaced by envelopes bound to their place."""
    document = record.model_dump(mode="json", by_alias=True)
    envelopes = {}
    for name in record.sealed_fields:
        alias = to_camel(name)
        value = json.dumps(document.pop(alias), ensure_ascii=False, separators=(",", ":"))
        envelopes[alias] = seal(value.encode(), key, _place(record.container, document, alias))
    if envelopes:
        document["sealed"] = envelopes
    return document


def opened[R: Record](model: type[R], document: Document, key: RecordKey | None) -> R:
    """The record of a stored document; ``key`` may be None for a model without personal fields."""
    values = {**document, "etag": document.get("_etag", "")}
    if key:
        for alias, envelope in document.get("sealed", {}).items():
            values[alias] = json.loads(open_(envelope, key, _place(model.container, document, alias)))
    return model.model_validate(values)


def _companion(beside: Document | Record, record: Record, key: RecordKey | None) -> Write:
    if not isinstance(beside, Record):
        return Write("create", beside)
    if key is None or beside.key_id != record.key_id:
        raise ValueError(f"a {type(beside).__name__} beside a {type(record).__name__} is not sealed with its key")
    return Write("create", sealed(beside, key))


def _plain(record: Record) -> Document:
    return record.model_dump(mode="json", by_alias=True)


def _place(container: str, document: Document, field: str) -> Place:
    return Place(document["organisationId"], container, document["id"], field, document["schemaVersion"])


class Records[R: Record]:
    """Reads and writes one kind of record."""

    def __init__(self, model: type[R], container: Container, keyring: Keyring) -> None:
        self.model, self.container, self._keyring = model, container, keyring

    async def create(self, record: R, *beside: Document | Record | Write, given: str | None = None) -> R:
        """Writes the record and what is ``beside`` it in one transactional batch: new documents as they are, records
        that are sealed with the same key, and other writes.

        The key is stored first: a crash in between leaves a key that opens nothing, never data without a key.
        Without a document called ``given`` in the same partition nothing is written: :class:`NotFound`.
        """
        key = await self._new_key(record) if record.sealed_fields else None
        document = sealed(record, key) if key else _plain(record)
        if beside or given:
            demands = [Write("read", {"id": given})] if given else []
            others = [each if isinstance(each, Write) else _companion(each, record, key) for each in beside]
            writes = [*demands, Write("create", document), *others]
            stored = await self.container.batch(record.key, writes)
            return record.model_copy(update={"etag": stored[len(demands)].get("_etag", "")})
        return record.model_copy(update={"etag": (await self.container.create(document))["_etag"]})

    async def replace(self, record: R, etag: str, *beside: Document) -> R:
        """Writes over the version ``etag``, else raises :class:`shared.errors.PreconditionFailed`."""
        if record.sealed_fields:
            document = sealed(record, await self._keyring.fetch(record.organisation_id, record.key_id))
        else:
            document = _plain(record)
        if beside:
            writes = [Write("replace", document, etag), *(Write("create", d) for d in beside)]
            stored = (await self.container.batch(record.key, writes))[0]
        else:
            stored = await self.container.replace(document, etag)
        return record.model_copy(update={"etag": stored.get("_etag", "")})

    async def read(self, identifier: str, key: Key) -> R:
        """Raises :class:`shared.errors.NotFound` for a record that is gone, or whose key is."""
        return await self.open(await self.container.read(identifier, key))

    async def open(self, document: Document) -> R:
        if not self.model.sealed_fields:
            return opened(self.model, document, None)
        organisation, name = document["organisationId"], self._key_id(document)
        key = await self._keyring.fetch(organisation, name)
        try:
            return opened(self.model, document, key)
        except CannotOpen:
            again = await self._keyring.refetch(organisation, name)
            if again.id == key.id and again.former == key.former:
                raise  # it is not that another worker has renewed the key
            return opened(self.model, document, again)

    async def reseal(self, record: R) -> R:
        """Seals the record anew with a new key of its own, and destroys the old one. Safe to repeat at any step.

        Not for records whose key wraps media as well: those would have to be sealed anew with it.
        """
        await self._keyring.renew(record.organisation_id, record.key_id)
        stored = await self.replace(record, record.etag)
        await self._keyring.settle(record.organisation_id, record.key_id)
        return stored

    async def _new_key(self, record: R) -> RecordKey:
        if record.key_id == record.id:
            return await self._keyring.create(record.organisation_id, record.key_id)
        return await self._keyring.shared(record.organisation_id, record.key_id)

    def _key_id(self, document: Document) -> str:
        """Asked of a record that is not open yet: whatever ``key_id`` looks at is never sealed."""
        clear: dict[str, Any] = {name: document.get(to_camel(name)) for name in self.model.model_fields}
        return self.model.model_construct(None, **clear).key_id

    async def open_all(self, documents: Sequence[Document]) -> list[R]:
        """In order, without those whose key is gone: they are just being disposed of, and nobody can open them."""

        async def one(document: Document) -> R | None:
            try:
                return await self.open(document)
            except NotFound:
                return None

        return [record for record in await asyncio.gather(*map(one, documents)) if record]


async def repeated[Q: Requested](records: Records[Q], asked: Q, what: str) -> Q:
    """The record as the first request has made it.

    ``what`` it is, in a word. Raises :class:`IdempotencyMismatch` if that request asked for something else.
    """
    existing = await records.read(asked.id, asked.key)
    if existing.request_commitment != asked.request_commitment:
        raise IdempotencyMismatch(f"Use a new Idempotency-Key for a different {what}.")
    return existing
