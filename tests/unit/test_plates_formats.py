"""Each vendor's message is read right, in our terms; whatever else arrives is explained, and never a crash."""

import json
import os
import random
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.errors import Invalid, Malformed, Problem
from shared.plates.formats import formats, understood
from shared.plates.formats.base import Message
from shared.plates.models import PlateRead
from shared.sealing.tokens import plate_tokens
from tests.support import lpr
from tests.support.lpr import SAMPLES, Sample
from tests.support.mutations import mutated

LONDON = ZoneInfo("Europe/London")
MUTATIONS = int(os.environ.get("LPR_MUTATIONS", "60"))
"""For each sample. 500 and more: LPR_MUTATIONS=500."""
FORMS = [sample for sample in SAMPLES if sample.content_type == lpr.FORM]
NESTED = [b"--%b\r\nContent-Type: multipart/x; boundary=x%b\r\n\r\n" % ((b"x" * depth,) * 2) for depth in range(1, 900)]


def message(sample: Sample) -> Message:
    return Message(sample.all_headers, sample.body, LONDON)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_it_is_read_right(sample: Sample) -> None:
    heard = understood(message(sample))
    assert heard == understood(message(sample), sample.format)
    if sample.plate is None:
        assert heard.reads == []
        return
    [read] = heard.reads
    assert (read.best.plate, read.captured_at) == (sample.plate, sample.captured_at)
    assert read.best.confidence == pytest.approx(sample.confidence)
    assert (read.colour, read.make) == (sample.colour, sample.make)
    assert tuple(each.plate for each in read.alternatives) == sample.alternatives
    assert read.read_id == understood(message(sample)).reads[0].read_id


def test_every_format_has_samples_and_every_module_is_a_format() -> None:
    assert set(formats()) == {sample.format for sample in SAMPLES}
    assert list(formats())[-1] == "plain"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_only_one_format_recognises_it(sample: Sample) -> None:
    assert [name for name, each in formats().items() if each.recognises(message(sample))] == [sample.format]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_device_sends_its_own_format_and_no_other(sample: Sample) -> None:
    other = next(name for name in formats() if name != sample.format)
    with pytest.raises(Malformed, match=f"registered as '{other}'"):
        understood(message(sample), other)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_whatever_is_changed_nothing_but_a_problem_is_raised(sample: Sample) -> None:
    chance = random.Random(sample.name)
    for _ in range(MUTATIONS):
        for read in reads_or_problem(sample.all_headers, mutated(sample, chance)):
            assert 0 <= read.best.confidence <= 1
            assert 0 < len(read.best.plate) <= 16
            assert read.captured_at.tzinfo
            assert plate_tokens(bytes(32), read.best.plate)
            assert json.dumps([read.read_id, read.make, read.colour], ensure_ascii=False).encode()


def reads_or_problem(headers: dict[str, str], body: bytes) -> list[PlateRead]:
    try:
        return understood(Message(headers, body, LONDON)).reads
    except (Invalid, Malformed):
        return []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_as_windows_writes_it_is_read_too(encoding: str) -> None:
    for sample in SAMPLES:
        if sample.content_type.startswith("multipart/"):
            continue
        text = re.sub("(?i)utf-8", "utf-16", sample.body.decode()) if encoding == "utf-16" else sample.body.decode()
        heard = understood(Message(sample.all_headers, text.encode(encoding), LONDON))
        assert [each.best.plate for each in heard.reads] == ([sample.plate] if sample.plate else [])


@pytest.mark.parametrize("sample", FORMS, ids=lambda sample: sample.name)
def test_a_form_is_cut_at_its_boundary_however_that_is_written(sample: Sample) -> None:
    """With the line ends of another system, a type written otherwise, base64, and pictures that are empty."""
    expected = understood(message(sample)).reads
    for kind in (f'Multipart/Form-Data; charset=utf-8; boundary="{lpr.BOUNDARY}"', f"{lpr.FORM};", f"{lpr.FORM} ; a=b"):
        assert understood(Message({"content-type": kind}, sample.body, LONDON)).reads == expected
    ended = sample.body.rpartition(b"--" + lpr.BOUNDARY.encode())[0]
    assert understood(Message({"content-type": lpr.FORM}, b"preamble\r\n" + ended, LONDON)).reads == expected
    text = sample.body.replace(lpr.JPEG, b"").replace(lpr.PICTURE, b"")
    [bare] = understood(Message({"content-type": lpr.FORM}, text.replace(b"\r\n", b"\n"), LONDON)).reads
    assert (bare.best, bare.pictures) == (expected[0].best, ())


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/;", "multipart/x; boundary*0=a; boundary*1=b",
     "multipart/form-data; charset=\xff; boundary=x", "multipart/x; boundary=[(?:", "multipart/x" + ";a" * 20_000,
     "multipart/x; boundary=\x00", "multipart/form-data; boundary=" + "b" * 50_000],
)  # fmt: skip
def test_whatever_stands_for_a_boundary_nothing_but_a_problem_is_raised(kind: str) -> None:
    for sample in SAMPLES:
        reads_or_problem({"content-type": kind}, sample.body)


def test_half_a_character_is_no_text() -> None:
    for content in (lpr.MILESIGHT | {"plate": "QX\ud800"}, lpr.GENETEC | {"Plate": "\ud800"}):
        with pytest.raises(Problem):
            understood(Message({}, lpr.body(content), LONDON))


# -- what is particular ----------------------------------------------------------------------------------------------


def test_local_time_is_the_sites() -> None:
    body = lpr.hikvision("2026-01-04T09:15:30").encode()
    [winter] = understood(Message({}, body, LONDON)).reads
    [auckland] = understood(Message({}, body, ZoneInfo("Pacific/Auckland"))).reads
    assert winter.captured_at - auckland.captured_at == timedelta(hours=13)


def test_a_camera_that_sends_no_time_is_told_what_to_set() -> None:
    with pytest.raises(Invalid, match="time of the read") as refused:
        understood(Message({}, lpr.hikvision("yesterday").encode(), LONDON))
    assert "2026-11-23T08:15:30+01:00" in refused.value.errors[0].detail


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"])
def test_a_clock_that_was_never_set_is_no_time(when: str) -> None:
    for content in (lpr.PLAIN | {"capturedAt": when}, lpr.GENETEC | {"Timestamp": when}):
        with pytest.raises(Invalid, match="before 2000") as refused:
            understood(Message({}, lpr.body(content), LONDON))
        assert "clock" in refused.value.errors[0].detail


def test_dahua_is_told_what_it_wants_to_hear() -> None:
    for content in (lpr.DAHUA, {"DeviceID": "gate-1"}):
        heard = understood(Message({}, lpr.body(content), LONDON))
        assert heard.answer
        assert heard.answer["Result"] is True


@pytest.mark.parametrize(("said", "confidence"), [(80, 0.8), (100, 1.0), (204, 0.8), (255, 1.0), (0, 0.0)])
def test_dahuas_two_scales(said: int, confidence: float) -> None:
    changed = json.loads(json.dumps(lpr.DAHUA))
    changed["Picture"]["Plate"]["Confidence"] = said
    [read] = understood(Message({}, lpr.body(changed), LONDON)).reads
    assert read.best.confidence == pytest.approx(confidence)


@pytest.mark.parametrize(("said", "confidence"), [("88", 0.88), ("0.88", 0.88), ("88%", 0.88), ("", 0.0), ("n/a", 0.0)])
def test_milesights_scales(said: str, confidence: float) -> None:
    [read] = understood(Message({}, lpr.body(lpr.MILESIGHT | {"confidence": said}), LONDON)).reads
    assert read.best.confidence == pytest.approx(confidence)


def test_one_passage_of_an_axis_camera_is_one_read_whatever_state_it_is_in() -> None:
    ids = {
        understood(Message({}, lpr.body(lpr.AXIS | {"carState": state}), LONDON)).reads[0].read_id
        for state in ("new", "update", "lost")
    }
    assert len(ids) == 1


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]>
<EventNotificationAlert><eventType>&lol2;</eventType></EventNotificationAlert>"""
THIEF = """<?xml version="1.0"?><!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<EventNotificationAlert><eventType>&x;</eventType></EventNotificationAlert>"""


@pytest.mark.parametrize("attack", [BOMB, THIEF], ids=["entities", "external file"])
def test_xml_that_wants_more_than_to_be_read_is_refused(attack: str) -> None:
    with pytest.raises(Malformed, match="XML"):
        understood(Message({}, attack.encode(), LONDON))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"data_type":' * 20_000,
        b"<a>" * 50_000,
        b"--x\r\n\r\n" * 5_000,
        b"".join(NESTED),
        b"--x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
        b"--x\r\nContent-Type: " + b"a;" * 500_000 + b"\r\n\r\n{}",
        b"--x\r\n" + b"A: b\r\n" * 100_000 + b"\r\n{}",
        b"{" + b",".join(b'"%d":1' % number for number in range(20_000)) + b"}",
    ],
    ids=["lists", "objects", "elements", "parts", "forms in forms", "mails", "long header", "headers", "fields"],
)
def test_depth_and_number_are_bounded(body: bytes) -> None:
    for headers in ({}, {"content-type": "multipart/form-data; boundary=x"}):
        with pytest.raises(Problem):
            understood(Message(headers, body, LONDON))


def test_a_wrong_read_in_a_batch_is_named_and_nothing_is_half_taken() -> None:
    wrong = {"reads": [lpr.PLAIN, lpr.PLAIN | {"plate": ""}, lpr.PLAIN | {"confidence": 2}]}
    with pytest.raises(Invalid) as refused:
        understood(Message({}, lpr.body(wrong), LONDON))
    assert {error.at for error in refused.value.errors} == {"/reads/1/plate", "/reads/2/confidence"}


def test_a_batch_has_an_end() -> None:
    with pytest.raises(Invalid):
        understood(Message({}, lpr.body({"reads": [lpr.PLAIN] * 1_001}), LONDON))
