"""The key of an item wraps the content keys of its media, and nothing else does."""

import secrets

import pytest

from shared.errors import CannotOpen
from shared.evidence.media_key import ItemMediaKey
from shared.sealing.envelope import RecordKey

SECRET = secrets.token_bytes(32)
CONTENT_KEY = secrets.token_bytes(40)
"""As long as client-side encryption 2.0 hands over: the version, padded, and 32 bytes of key."""


def test_what_was_wrapped_comes_back() -> None:
    key = ItemMediaKey(RecordKey("item", SECRET))
    wrapped = key.wrap_key(CONTENT_KEY)
    assert CONTENT_KEY not in wrapped
    assert ItemMediaKey(RecordKey("item", SECRET)).unwrap_key(wrapped, key.get_key_wrap_algorithm()) == CONTENT_KEY


@pytest.mark.parametrize(
    "other", [RecordKey("item", secrets.token_bytes(32)), RecordKey("another item", SECRET)], ids=["key", "item"]
)
def test_another_key_or_item_does_not_unwrap(other: RecordKey) -> None:
    wrapped = ItemMediaKey(RecordKey("item", SECRET)).wrap_key(CONTENT_KEY)
    with pytest.raises(CannotOpen):
        ItemMediaKey(other).unwrap_key(wrapped, "A256KW")


def test_another_way_of_wrapping_is_not_tried() -> None:
    key = ItemMediaKey(RecordKey("item", SECRET))
    with pytest.raises(CannotOpen):
        key.unwrap_key(key.wrap_key(CONTENT_KEY), "none")


def test_the_name_of_the_key_is_the_item() -> None:
    assert ItemMediaKey(RecordKey("item", SECRET)).get_kid() == "item"
