"""A pytest plugin that lets the SDK's own tests run against the stand-in.

Those tests expect a subscription in Azure, and decorators that create a namespace and its entities there. Here the
entities are collected while the tests are, and one broker is started that has them all.
"""

import functools
import inspect
import itertools
import json
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import azure.servicebus
import azure.servicebus.aio
import pytest
from azure.core.credentials import AccessToken

from tests.local.identity.processes import Running

KEY_NAME, KEY = "RootManageSharedAccessKey", "SAS_KEY_VALUE"
_names = itertools.count(1)
_queues: list[dict[str, Any]] = []
_topics: list[dict[str, Any]] = []
_running: dict[str, Running] = {}
_place = tempfile.TemporaryDirectory(prefix="sdist-broker-")


class _Preparer:
    """A decorator that passes a resource to the test, as the SDK's preparers do."""

    def __init__(self, name_prefix: str = "", **options: Any) -> None:
        self._prefix, self._options = name_prefix or "entity", options

    def __call__(self, test: Callable[..., Any]) -> Callable[..., Any]:
        self.declare(test)
        if inspect.iscoroutinefunction(test):

            async def prepared(case: Any, **arguments: Any) -> None:
                await test(case, **{**self.resources(), **arguments})

        else:

            def prepared(case: Any, **arguments: Any) -> None:
                test(case, **{**self.resources(), **arguments})

        functools.update_wrapper(prepared, test)
        named = [
            each for each in inspect.signature(test).parameters.values() if each.kind == each.POSITIONAL_OR_KEYWORD
        ]
        prepared.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined] - what pytest asks for
        return prepared

    def declare(self, test: Any) -> None:
        """Notes what the broker must have."""

    def resources(self) -> dict[str, Any]:
        return {}

    def _name(self) -> str:
        return f"{self._prefix}-{next(_names)}"


class _Namespace(_Preparer):
    def resources(self) -> dict[str, Any]:
        host = _host()
        return {
            "servicebus_namespace": types.SimpleNamespace(name=host),
            "servicebus_namespace_connection_string": _connection(),
            "servicebus_namespace_key_name": KEY_NAME,
            "servicebus_namespace_primary_key": KEY,
        }


class _Queue(_Preparer):
    def declare(self, test: Any) -> None:
        self._queue = self._name()
        options = self._options
        properties = {
            "LockDuration": options.get("lock_duration", "PT30S"),
            "RequiresDuplicateDetection": options.get("requires_duplicate_detection", False),
            "DeadLetteringOnMessageExpiration": options.get("dead_lettering_on_message_expiration", False),
            "RequiresSession": options.get("requires_session", False),
        }
        _queues.append({"Name": self._queue, "Properties": properties})

    def resources(self) -> dict[str, Any]:
        return {
            self._options.get("parameter_name", "servicebus_queue"): types.SimpleNamespace(name=self._queue),
            "servicebus_queue_connection_string": f"{_connection()};EntityPath={self._queue}",
        }


class _Subscription(_Preparer):
    """Declared before its topic: decorators work from the inside out."""

    def declare(self, test: Any) -> None:
        self._subscription = self._name()
        properties = {
            "LockDuration": self._options.get("lock_duration", "PT60S"),
            "RequiresSession": self._options.get("requires_session", False),
        }
        declared = getattr(test, "declared_subscriptions", [])
        test.declared_subscriptions = [*declared, {"Name": self._subscription, "Properties": properties}]

    def resources(self) -> dict[str, Any]:
        return {"servicebus_subscription": types.SimpleNamespace(name=self._subscription)}


class _Topic(_Preparer):
    def declare(self, test: Any) -> None:
        self._topic = self._name()
        _topics.append({"Name": self._topic, "Subscriptions": getattr(test, "declared_subscriptions", [])})

    def resources(self) -> dict[str, Any]:
        return {"servicebus_topic": types.SimpleNamespace(name=self._topic)}


class _Credential:
    def get_token(self, *_: Any, **__: Any) -> AccessToken:
        return AccessToken("x.y.z", int(time.time()) + 3600)


class _AsyncCredential:
    async def get_token(self, *_: Any, **__: Any) -> AccessToken:
        return AccessToken("x.y.z", int(time.time()) + 3600)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> "_AsyncCredential":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


def _credential(is_async: bool = False, **_: Any) -> Any:
    return _AsyncCredential() if is_async else _Credential()


def _host() -> str:
    """The broker starts when the first test asks for its namespace: by then all are collected."""
    if not _running:
        place = Path(_place.name)
        namespace = {"Name": "sbemulatorns", "Queues": _queues, "Topics": _topics}
        (place / "config.json").write_text(json.dumps({"UserConfig": {"Namespaces": [namespace]}}))
        options = ("--data", place, "--config", place / "config.json", "--port", 0, "--http-port", 0)
        _running["broker"] = Running("local.servicebus", *options)
    return "localhost:" + _running["broker"].url.rpartition(":")[2]


def _connection() -> str:
    key = f"SharedAccessKeyName={KEY_NAME};SharedAccessKey={KEY}"
    return f"Endpoint=sb://{_host()};{key};UseDevelopmentEmulator=true"


def _without_tls(client: Any) -> None:
    """The SDK speaks plain AMQP if the connection string says so; these tests mostly use a credential."""
    create = client.__init__

    @functools.wraps(create)
    def plain(self: Any, fully_qualified_namespace: str, credential: Any, **options: Any) -> None:
        if fully_qualified_namespace.startswith("localhost"):
            options.setdefault("use_tls", False)
        create(self, fully_qualified_namespace, credential, **options)

    client.__init__ = plain


def _module(name: str, **content: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module


class _TestCase:
    @staticmethod
    def await_prepared_test(test: Any) -> Any:
        return test


_module(
    "devtools_testutils",
    AzureMgmtRecordedTestCase=_TestCase,
    AzureRecordedTestCase=_TestCase,
    RandomNameResourceGroupPreparer=_Preparer,
    get_credential=_credential,
)
_module(
    "servicebus_preparer",
    SERVICEBUS_ENDPOINT_SUFFIX="",
    ServiceBusResourceGroupPreparer=_Preparer,
    CachedServiceBusResourceGroupPreparer=_Preparer,
    ServiceBusNamespacePreparer=_Namespace,
    CachedServiceBusNamespacePreparer=_Namespace,
    ServiceBusQueuePreparer=_Queue,
    CachedServiceBusQueuePreparer=_Queue,
    ServiceBusTopicPreparer=_Topic,
    CachedServiceBusTopicPreparer=_Topic,
    ServiceBusSubscriptionPreparer=_Subscription,
    CachedServiceBusSubscriptionPreparer=_Subscription,
)
_without_tls(azure.servicebus.ServiceBusClient)
_without_tls(azure.servicebus.aio.ServiceBusClient)


@pytest.fixture(scope="session", autouse=True)
def _broker() -> Iterator[None]:
    yield
    for running in _running.values():
        running.stop()
    _place.cleanup()


def pytest_configure(config: pytest.Config) -> None:
    for marker in ("liveTest", "live_test_only", "playback_test_only"):
        config.addinivalue_line("markers", f"{marker}: the SDK's own")
