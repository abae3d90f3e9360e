"""An app that somebody else could have written runs unmodified with ``python -m local --app PATH``."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from tests.support.stack import StackUnderTest, running_stack
from tests.support.waiting import until

QUICKSTART = Path(__file__).parent / "apps" / "quickstart"
PICTURE = bytes(range(256)) * 4
"""No UTF-8."""


class Shop:
    def __init__(self, stack: StackUnderTest, directory: Path) -> None:
        self.stack, self._seen = stack, directory / "seen.jsonl"
        self.http = httpx.Client(base_url=stack.base_url, timeout=60)
        self.blobs = BlobServiceClient.from_connection_string(stack.environment["AzureWebJobsStorage"])

    def seen(self, function: str) -> list[dict[str, Any]]:
        lines = self._seen.read_text().splitlines() if self._seen.exists() else []
        return [each for each in map(json.loads, lines) if each["function"] == function]

    def until(self, function: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """Waits until the function has seen this so many times."""

        def found() -> list[dict[str, Any]] | None:
            found = [each for each in self.seen(function) if fields.items() <= each.items()]
            return found if len(found) >= count else None

        try:
            return until(found)
        except AssertionError:
            raise AssertionError(f"{function}: {self.seen(function)}\n{self.stack.logs()['host']}") from None


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    place = tmp_path_factory.mktemp("outsider")
    shutil.copytree(QUICKSTART, place / "app")
    (place / "app" / "local.settings.example.json").rename(
        place / "app" / "local.settings.json"
    )  # as its README would say
    with running_stack(place / "app", place / "data") as stack:
        yield Shop(stack, place / "app")


def test_the_first_function_of_every_quickstart(shop: Shop) -> None:
    """Source: Microsoft Learn, "Quickstart: Create a Python function in Azure"."""
    assert shop.http.get("/api/hello", params={"name": "Ada"}).text.startswith("Hello, Ada.")
    assert shop.http.post("/api/hello", json={"name": "Ada"}).text.startswith("Hello, Ada.")
    assert shop.http.get("/api/hello").status_code == 400


def test_an_order_goes_through_service_bus_cosmos_db_a_topic_a_queue_and_the_change_feed(shop: Shop) -> None:
    accepted = shop.http.post("/api/orders", json={"number": "n-1", "item": "tea"})
    assert (accepted.status_code, accepted.json()) == (202, {"accepted": "n-1"})
    shop.until("handle_order", number="n-1", delivery=1)
    assert sorted(each["part"] for each in shop.until("read_news", 2, order="n-1")) == [1, 2]
    shop.until("log_order", text="order n-1", dequeued=1)
    assert shop.http.get("/api/orders/n-1").json()["item"] == "tea"
    assert shop.http.get("/api/orders/n-2").status_code == 404
    shop.until("changes", ids=["n-1"])


def test_a_blob_is_copied_byte_for_byte(shop: Shop) -> None:
    shop.blobs.get_blob_client("samples-workitems", "a.bin").upload_blob(PICTURE)
    shop.until("copy_blob", name="samples-workitems/a.bin", length=len(PICTURE))

    def copied() -> httpx.Response | None:
        return found if (found := shop.http.get("/api/copies/a.bin-copy")).status_code != 404 else None

    assert until(copied).content == PICTURE


def test_a_timer_ticks_on_the_schedule_of_its_setting(shop: Shop) -> None:
    shop.until("clean_up", 2, past_due=False)


def test_event_grid_subscribes_and_delivers(shop: Shop) -> None:
    """Source: Microsoft Learn, "Azure Event Grid trigger for Azure Functions", local webhook."""
    hook = "/runtime/webhooks/eventgrid?functionName=grid&code=eventgrid"
    validation = [{"id": "1", "eventType": "v", "data": {"validationCode": "512d38b6"}}]
    answer = shop.http.post(hook, json=validation, headers={"aeg-event-type": "SubscriptionValidation"})
    assert answer.json() == {"validationResponse": "512d38b6"}
    event = {"id": "e-1", "topic": "t", "subject": "s", "eventType": "Shop.Opened", "eventTime": "2026-01-01T00:00:00Z"}
    event |= {"data": {"door": "front"}, "dataVersion": "1"}
    assert shop.http.post(hook, json=[event], headers={"aeg-event-type": "Notification"}).status_code == 202
    shop.until("grid", id="e-1", data={"door": "front"})
    assert shop.http.post("/runtime/webhooks/eventgrid?functionName=grid", json=[event]).status_code == 401


def test_the_browser_of_another_origin_may_call(shop: Shop) -> None:
    """Source: Microsoft Learn, "Code and test Azure Functions locally", Host.CORS and Host.CORSCredentials."""
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
    allowed = shop.http.options("/api/orders", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert allowed.headers["access-control-allow-credentials"] == "true"
    refused = shop.http.options("/api/orders", headers=asked | {"origin": "http://elsewhere.example"})
    assert "access-control-allow-origin" not in refused.headers


def test_the_console_tells_of_every_invocation(shop: Shop) -> None:
    assert "HttpTrigger1 succeeded in" in shop.stack.logs(400)["host"]
