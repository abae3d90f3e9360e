"""Signatures that any library for Standard Webhooks accepts, by each secret that is valid, and by no other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from shared.delivery.signature import headers, new_secret


def test_it_signs_as_the_published_example_does() -> None:
    made = headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.uuids())
def test_another_library_accepts_it_with_either_secret_while_one_is_rotated(blob: bytes, message: object) -> None:
    body, old, new = b'{"x":"' + blob.hex().encode() + b'"}', new_secret(), new_secret()
    made = dict(headers([new, old], str(message), datetime.now(UTC), body))
    for secret in (old, new):
        assert Verifier(secret).verify(body, made) == {"x": blob.hex()}
    for wrong_body, secret in ((body + b" ", new), (body, new_secret())):
        with pytest.raises(WebhookVerificationError):
            Verifier(secret).verify(wrong_body, made)


def test_secrets_are_as_long_as_the_specification_asks_and_never_the_same() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith("whsec_") and len(each) == 50 for each in made)
