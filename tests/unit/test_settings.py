"""Settings are read once, completely, or the app does not start; a complaint never quotes a value."""

import pytest

from shared.settings import SettingsError, load

COMPLETE = {
    "COSMOS_ENDPOINT": "http://localhost:8081",
    "KEY_VAULT_URL": "https://127.0.0.1:8443",
    "SERVICEBUS": "Endpoint=sb://localhost",
    "EVIDENCE_STORAGE": "UseDevelopmentStorage=true",
    "OIDC_ISSUERS": "http://localhost:8400 https://login.example",
    "OIDC_AUDIENCE": "api://reeve",
}


def test_a_complete_environment_loads() -> None:
    assert load(COMPLETE).issuers == ("http://localhost:8400", "https://login.example")


def test_identity_settings_stand_in_for_connection_strings() -> None:
    azure = {
        **COMPLETE,
        "SERVICEBUS": "",
        "SERVICEBUS__fullyQualifiedNamespace": "reeve.servicebus.windows.net",
        "EVIDENCE_STORAGE": "",
        "EVIDENCE_STORAGE__blobServiceUri": "https://reeve.blob.core.windows.net",
    }
    loaded = load(azure)
    assert loaded.servicebus is None
    assert loaded.servicebus_namespace == "reeve.servicebus.windows.net"


@pytest.mark.parametrize("missing", COMPLETE)
def test_a_missing_setting_is_named_and_no_value_is_quoted(missing: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({name: value for name, value in COMPLETE.items() if name != missing})
    assert missing in str(caught.value)
    assert not any(value in str(caught.value) for value in COMPLETE.values())
