"""Signed notes and checkpoints against published examples, and against everything that is not one."""

import base64

import pytest

from shared.audit import notes
from shared.audit.merkle import VerificationError
from shared.audit.notes import Checkpoint, PublicKey, SigningKey

# Source: golang.org/x/mod/sumdb/note, package documentation and tests.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# Source: the key of the Go checksum database, and the checkpoint that C2SP tlog-checkpoint shows in other clothes.
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GO_TEXT = "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
GO_SIGNATURE = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
C2SP_EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    f"\n— example.com/behind-the-sofa {GO_SIGNATURE}\n"
)
MINE = SigningKey("reeve.example/log/one", bytes(range(32)))
ROOT = bytes(range(32))


def peter() -> SigningKey:
    return SigningKey("PeterNeumann", base64.b64decode(PETER_SEED)[1:])


def test_the_published_note_is_signed_byte_for_byte() -> None:
    """Source: golang.org/x/mod/sumdb/note, ExampleSign."""
    assert peter().signed(PETER_TEXT) == f"{PETER_TEXT}\n{PETER_LINE}"
    assert str(peter().public) == PETER_KEY


def test_the_published_note_is_opened() -> None:
    """Source: golang.org/x/mod/sumdb/note, ExampleOpen."""
    assert notes.opened(f"{PETER_TEXT}\n{PETER_LINE}", PublicKey.parse(PETER_KEY)) == PETER_TEXT


def test_a_real_checkpoint_of_the_go_checksum_database_is_good() -> None:
    """Source: C2SP tlog-checkpoint, whose example has this size, root and signature."""
    note = f"{GO_TEXT}\n— sum.golang.org {GO_SIGNATURE}\n"
    checkpoint = Checkpoint.parse(notes.opened(note.encode(), PublicKey.parse(GO_KEY)))
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 20852163)
    assert checkpoint.text == GO_TEXT


def test_the_example_of_the_specification_has_the_parts_it_says() -> None:
    """Source: C2SP tlog-checkpoint. Its origin was changed after signing, so only the form can be checked."""
    checkpoint = Checkpoint.parse(C2SP_EXAMPLE.partition("\n\n")[0] + "\n")
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    with pytest.raises(VerificationError, match="not signed by"):
        notes.opened(C2SP_EXAMPLE, MINE.public)


def test_key_ids_are_what_the_specification_says() -> None:
    """Source: C2SP signed-note: SHA-256(key name || 0x0A || 0x01 || public key)[:4]."""
    assert PublicKey.parse(PETER_KEY).id.hex() == "c74f20a3"
    assert PublicKey.parse(GO_KEY).id.hex() == "033de0ae"


def test_signatures_of_others_do_not_matter() -> None:
    """Source: C2SP signed-note: verifiers MUST ignore signatures from unknown keys."""
    text = Checkpoint(MINE.name, 3, ROOT).text
    witness = SigningKey("witness.example/w1", bytes(32)).signed(text).rpartition("\n\n")[2]
    assert notes.opened(witness.join([MINE.signed(text), ""]), MINE.public) == text
    assert notes.opened(f"{text}\n{witness}{MINE.signed(text).rpartition(chr(10) * 2)[2]}", MINE.public) == text


def test_a_bad_signature_by_a_known_key_spoils_the_note() -> None:
    """Source: C2SP signed-note: if the key name and ID match a known key, verifiers MUST verify the signature."""
    text = Checkpoint(MINE.name, 3, ROOT).text
    forged = base64.b64encode(MINE.public.id + bytes(64)).decode()
    with pytest.raises(VerificationError, match="is not good"):
        notes.opened(MINE.signed(text) + f"— {MINE.name} {forged}\n", MINE.public)


def test_sixteen_signatures_are_accepted() -> None:
    """Source: C2SP signed-note: verifiers MUST accept at least up to 16 signatures."""
    text = Checkpoint(MINE.name, 3, ROOT).text
    others = [SigningKey(f"w{n}", bytes([n] * 32)).signed(text).rpartition("\n\n")[2] for n in range(15)]
    assert notes.opened(MINE.signed(text) + "".join(others), MINE.public) == text


def test_a_text_may_have_empty_lines() -> None:
    """Source: C2SP signed-note: the text is separated from the signatures by the last empty line in the note."""
    text = "one\n\ntwo\n\n\nthree\n"
    assert notes.opened(MINE.signed(text), MINE.public) == text


GOOD = MINE.signed(Checkpoint(MINE.name, 3, ROOT).text)


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param(GOOD[:-1], id="no newline at the end"),
        pytest.param(GOOD.replace("\n3\n", "\n4\n"), id="another size"),
        pytest.param(GOOD.replace("\n3\n", "\n\x003\n"), id="control character"),
        pytest.param(GOOD.replace("—", "-"), id="hyphen for a dash"),
        pytest.param(GOOD.replace("\n\n", "\n"), id="no blank line"),
        pytest.param(GOOD.rpartition("—")[0], id="no signature"),
        pytest.param(GOOD.replace("— ", "—  "), id="two spaces"),
        pytest.param(GOOD[:-4] + "\n", id="signature cut off"),
        pytest.param(GOOD.encode() + b"\xff\n", id="not UTF-8"),
        pytest.param(GOOD.replace("— reeve.example/log/one", "— reeve.example/log/two"), id="another name"),
        pytest.param(GOOD + GOOD.rpartition("\n\n")[2] * 64, id="far too many signatures"),
    ],
)
def test_what_is_not_a_good_note_is_refused(note: str | bytes) -> None:
    """Source: C2SP signed-note, format."""
    with pytest.raises(VerificationError):
        Checkpoint.opened(note, MINE.public)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("log\n3\n", id="two lines"),
        pytest.param("log\n03\n" + base64.b64encode(ROOT).decode() + "\n", id="leading zero"),
        pytest.param("log\n-3\n" + base64.b64encode(ROOT).decode() + "\n", id="negative"),
        pytest.param("log\n٣\n" + base64.b64encode(ROOT).decode() + "\n", id="digit of another script"),
        pytest.param("log\n3\n" + base64.b64encode(ROOT[:31]).decode() + "\n", id="short root"),
        pytest.param("log\n3\nnot base64\n", id="root not base64"),
        pytest.param("\n3\n" + base64.b64encode(ROOT).decode() + "\n", id="no origin"),
        pytest.param("log\n3\n" + base64.b64encode(ROOT).decode() + "\n\nmore\n", id="empty extension line"),
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    """Source: C2SP tlog-checkpoint, note text."""
    with pytest.raises(VerificationError):
        Checkpoint.parse(text)


def test_extension_lines_are_allowed() -> None:
    """Source: C2SP tlog-checkpoint: any following lines are extension lines, opaque and OPTIONAL."""
    assert Checkpoint.parse(Checkpoint("log", 3, ROOT).text + "extension\n").size == 3


def test_the_checkpoint_of_another_log_is_refused_though_the_signature_is_good() -> None:
    """Source: C2SP tlog-tiles: a log is defined by its checkpoint origin and its public keys."""
    with pytest.raises(VerificationError, match="another log"):
        Checkpoint.opened(MINE.signed(Checkpoint("reeve.example/log/two", 3, ROOT).text), MINE.public)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(PETER_KEY.replace("c74f20a3", "c74f20a4"), id="another id"),
        pytest.param(PETER_KEY.replace("PeterNeumann", "Peter"), id="another name"),
        pytest.param(PETER_KEY.replace("+AR", "+BR"), id="another type"),
        pytest.param(PETER_KEY[:-4], id="cut off"),
        pytest.param("PeterNeumann+c74f20a3", id="two parts"),
    ],
)
def test_an_altered_public_key_is_refused(text: str) -> None:
    """Source: golang.org/x/mod/sumdb/note, NewVerifier."""
    with pytest.raises(VerificationError):
        PublicKey.parse(text)


def test_a_signing_key_does_not_show_itself() -> None:
    """Keys never reach a log by accident."""
    assert MINE.seed.hex() not in repr(MINE)
    assert repr(MINE) == "SigningKey(name='reeve.example/log/one')"
