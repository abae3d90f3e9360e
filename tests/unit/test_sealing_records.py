"""What a stored document looks like, and which mistakes in a model are refused when the program starts."""

import json
from datetime import datetime
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel

from shared.errors import CannotOpen
from shared.sealing.envelope import RecordKey
from shared.sealing.records import Clear, Record, Sealed, opened, sealed

KEY = RecordKey("note-1", bytes(32))


class Note(Record):
    container: ClassVar[str] = "notes"

    colour: Clear[str]
    text: Sealed[str]
    remark: Sealed[str | None] = None


def a_note() -> Note:
    return Note(id="note-1", organisation_id="org-1", colour="red", text="Ärger um 17:05", remark=None)


def test_personal_fields_are_absent_from_the_document_and_their_envelopes_present() -> None:
    document = sealed(a_note(), KEY)
    assert set(document) == {"id", "organisationId", "schemaVersion", "colour", "sealed"}
    assert set(document["sealed"]) == {"text", "remark"}
    assert "Ärger" not in json.dumps(document, ensure_ascii=False)


def test_an_absent_value_is_sealed_too() -> None:
    assert sealed(a_note(), KEY)["sealed"]["remark"].startswith("1.note-1.")


def test_a_document_opens_to_the_same_record() -> None:
    assert opened(Note, {**sealed(a_note(), KEY), "_etag": '"7"'}, KEY) == a_note().model_copy(update={"etag": '"7"'})


def test_envelopes_swapped_between_fields_do_not_open() -> None:
    document = sealed(a_note(), KEY)
    document["sealed"] = {"text": document["sealed"]["remark"], "remark": document["sealed"]["text"]}
    with pytest.raises(CannotOpen):
        opened(Note, document, KEY)


def test_a_seal_hidden_inside_another_type_is_a_start_up_error() -> None:
    with pytest.raises(TypeError, match="Sealed"):

        class Careless(Record):
            container: ClassVar[str] = "notes"

            text: Sealed[str] | None = None


def test_text_that_is_neither_sealed_nor_declared_is_a_start_up_error() -> None:
    with pytest.raises(TypeError, match=r"Forgetful\.nickname holds text"):

        class Forgetful(Record):
            container: ClassVar[str] = "notes"

            nickname: str


def test_text_does_not_hide_in_lists_or_models() -> None:
    class Remark(BaseModel):
        words: str

    with pytest.raises(TypeError, match="holds text"):

        class Listed(Record):
            container: ClassVar[str] = "notes"

            remarks: list[str | None]

    with pytest.raises(TypeError, match="holds text"):

        class Nested(Record):
            container: ClassVar[str] = "notes"

            remark: Remark | None


def test_ids_choices_times_and_numbers_need_no_word() -> None:
    class Plain(Record):
        container: ClassVar[str] = "notes"

        report_id: str
        made_by: str
        plate_tokens: list[str]
        state: Literal["open", "closed"]
        at: datetime
        count: int

    assert Plain.sealed_fields == ()
