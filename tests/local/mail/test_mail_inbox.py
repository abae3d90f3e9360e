"""Mail that is sent on this machine is kept and shown, and goes nowhere."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from local.mail.app import application
from local.mail.inbox import Inbox
from local.mail.smtp import Smtp
from local.stack.ports import Ports


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, TestClient]]:
    inbox, port = Inbox(tmp_path), Ports.automatic().mail
    smtp = Smtp(inbox, port)
    smtp.start()
    try:
        yield port, TestClient(application(inbox), base_url="http://127.0.0.1")
    finally:
        smtp.stop()


def send(port: int, to: str, subject: str, text: str = "Hello") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Reeve <alerts@reeve.example>", to, subject
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


def test_what_was_sent_is_there_newest_first_and_by_recipient(server: tuple[int, TestClient]) -> None:
    port, page = server
    send(port, "ana@shop.example", "First")
    send(port, "ben@shop.example", "Second: caf\u00e9", "Line one\nline two \u2713")
    found = page.get("/mails.json").json()
    assert [each["subject"] for each in found] == ["Second: caf\u00e9", "First"]
    assert found[0]["text"].splitlines() == ["Line one", "line two \u2713"]
    assert [each["subject"] for each in page.get("/mails.json", params={"to": "ana@shop.example"}).json()] == ["First"]
    assert "Second: caf\u00e9" in page.get("/").text
    assert "line two" in page.get(f"/mails/{found[0]['id']}").text
    assert page.delete("/mails.json").status_code == 204
    assert page.get("/mails.json").json() == []


def test_a_message_cannot_bring_markup_into_the_page(server: tuple[int, TestClient]) -> None:
    port, page = server
    send(port, "ana@shop.example", "<script>alert(1)</script>", "<img src=x>")
    [mail] = page.get("/mails.json").json()
    for text in (page.get("/").text, page.get(f"/mails/{mail['id']}").text):
        assert "<script>" not in text
        assert "<img" not in text


@pytest.mark.parametrize("to", ["bounce@shop.example", "busy@shop.example"])
def test_mailboxes_that_refuse_can_be_tried_out(server: tuple[int, TestClient], to: str) -> None:
    port, page = server
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(port, to, "Never")
    assert page.get("/mails.json").json() == []


@pytest.mark.parametrize("name", ["nothing", "..%2Fsecret", "%2E%2E", "1-2"])
def test_only_messages_can_be_opened(server: tuple[int, TestClient], name: str) -> None:
    assert server[1].get(f"/mails/{name}").status_code == 404


def test_no_other_host_name_reaches_it(server: tuple[int, TestClient]) -> None:
    assert server[1].get("/", headers={"Host": "evil.example"}).status_code == 400
