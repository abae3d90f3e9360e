"""Every operation on secrets, through the official client with a managed identity. Source: Microsoft Learn, "Azure Key
Vault REST API reference", Secrets 7.6; "Key Vault soft-delete overview"; "Key Vault throttling guidance"."""

import datetime as dt
import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient


@pytest.fixture
def name() -> str:
    return f"root-{uuid.uuid4().hex}"


def test_a_secret_is_read_as_it_was_set(secrets: SecretClient, name: str) -> None:
    starts = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    ends = starts + dt.timedelta(days=9)
    made = secrets.set_secret(
        name, "välue ✓", tags={"org": "one"}, content_type="text/plain", not_before=starts, expires_on=ends
    )
    read = secrets.get_secret(name)
    assert read.value == made.value == "välue ✓"
    assert read.name == name
    assert read.id == made.id == f"{secrets.vault_url}/secrets/{name}/{made.properties.version}"
    assert read.properties.tags == {"org": "one"}
    assert read.properties.content_type == "text/plain"
    assert (read.properties.not_before, read.properties.expires_on) == (starts, ends)
    assert read.properties.enabled
    assert read.properties.recovery_level == "Recoverable+Purgeable"
    assert read.properties.recoverable_days == 90
    assert abs((dt.datetime.now(dt.UTC) - read.properties.created_on).total_seconds()) < 30


def test_each_set_makes_a_version_and_the_newest_is_current(secrets: SecretClient, name: str) -> None:
    first, second = secrets.set_secret(name, "one"), secrets.set_secret(name, "two")
    assert secrets.get_secret(name).value == "two"
    assert secrets.get_secret(name, first.properties.version).value == "one"
    versions = [found.version for found in secrets.list_properties_of_secret_versions(name)]
    assert versions == [first.properties.version, second.properties.version]


def test_names_differ_by_more_than_case(secrets: SecretClient, name: str) -> None:
    secrets.set_secret(name, "one")
    assert secrets.get_secret(name.upper()).value == "one"


def test_what_does_not_exist_is_not_found(secrets: SecretClient, name: str) -> None:
    with pytest.raises(ResourceNotFoundError):
        secrets.get_secret(name)
    secrets.set_secret(name, "one")
    with pytest.raises(ResourceNotFoundError):
        secrets.get_secret(name, "0" * 32)
    with pytest.raises(ResourceNotFoundError):
        secrets.get_deleted_secret(name)
    assert list(secrets.list_properties_of_secret_versions(f"{name}x")) == []


def test_an_update_changes_attributes_and_never_the_value(secrets: SecretClient, name: str) -> None:
    made = secrets.set_secret(name, "one", tags={"a": "b"}, content_type="old")
    ends = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    changed = secrets.update_secret_properties(name, content_type="new", expires_on=ends)
    assert changed.version == made.properties.version
    read = secrets.get_secret(name)
    assert (read.value, read.properties.content_type, read.properties.expires_on) == ("one", "new", ends)
    assert read.properties.tags == {"a": "b"}
    secrets.update_secret_properties(name, made.properties.version, tags={})
    assert not secrets.get_secret(name).properties.tags


def test_a_disabled_version_keeps_its_value_back_until_enabled(secrets: SecretClient, name: str) -> None:
    first, _ = secrets.set_secret(name, "one"), secrets.set_secret(name, "two")
    version = first.properties.version
    secrets.update_secret_properties(name, version, enabled=False)
    with pytest.raises(HttpResponseError, match="disabled") as refused:
        secrets.get_secret(name, version)
    assert refused.value.status_code == 403
    assert secrets.get_secret(name).value == "two"
    shown = {found.version: found.enabled for found in secrets.list_properties_of_secret_versions(name)}
    assert shown[version] is False
    secrets.update_secret_properties(name, version, enabled=True)
    assert secrets.get_secret(name, version).value == "one"


def test_the_times_of_a_secret_inform_and_do_not_refuse(secrets: SecretClient, name: str) -> None:
    now = dt.datetime.now(dt.UTC)
    secrets.set_secret(name, "over", expires_on=now - dt.timedelta(days=1))
    assert secrets.get_secret(name).value == "over"
    secrets.set_secret(name, "early", not_before=now + dt.timedelta(days=1))
    assert secrets.get_secret(name).value == "early"


def test_a_deleted_secret_can_be_recovered_with_all_its_versions(secrets: SecretClient, name: str) -> None:
    first = secrets.set_secret(name, "one")
    secrets.set_secret(name, "two")
    gone = secrets.begin_delete_secret(name).result()
    assert gone.recovery_id == f"{secrets.vault_url}/deletedsecrets/{name}"
    assert gone.scheduled_purge_date - gone.deleted_date == dt.timedelta(days=90)
    with pytest.raises(ResourceNotFoundError):
        secrets.get_secret(name)
    with pytest.raises(ResourceExistsError):
        secrets.set_secret(name, "three")
    assert name in [found.name for found in secrets.list_deleted_secrets()]
    assert name not in [found.name for found in secrets.list_properties_of_secrets()]
    assert secrets.get_deleted_secret(name).name == name

    assert secrets.begin_recover_deleted_secret(name).result().name == name
    assert secrets.get_secret(name).value == "two"
    assert secrets.get_secret(name, first.properties.version).value == "one"


def test_a_purged_secret_is_gone_and_its_name_free(secrets: SecretClient, name: str) -> None:
    secrets.set_secret(name, "one")
    with pytest.raises(ResourceNotFoundError):
        secrets.purge_deleted_secret(name)
    secrets.begin_delete_secret(name).wait()
    secrets.purge_deleted_secret(name)
    with pytest.raises(ResourceNotFoundError):
        secrets.get_deleted_secret(name)
    with pytest.raises(ResourceNotFoundError):
        secrets.begin_recover_deleted_secret(name)
    fresh = secrets.set_secret(name, "new")
    versions = list(secrets.list_properties_of_secret_versions(name))
    assert [found.version for found in versions] == [fresh.properties.version]


def test_a_backup_brings_a_purged_secret_back(secrets: SecretClient, name: str) -> None:
    first = secrets.set_secret(name, "one", tags={"a": "b"})
    secrets.set_secret(name, "two")
    secrets.update_secret_properties(name, first.properties.version, enabled=False)
    backup = secrets.backup_secret(name)
    assert b"one" not in backup
    with pytest.raises(ResourceExistsError):
        secrets.restore_secret_backup(backup)
    secrets.begin_delete_secret(name).wait()
    with pytest.raises(ResourceExistsError):
        secrets.restore_secret_backup(backup)
    secrets.purge_deleted_secret(name)

    assert secrets.restore_secret_backup(backup).name == name
    assert secrets.get_secret(name).value == "two"
    restored = {found.version: found for found in secrets.list_properties_of_secret_versions(name)}
    assert restored[first.properties.version].enabled is False
    assert restored[first.properties.version].tags == {"a": "b"}


def test_a_damaged_backup_is_refused(secrets: SecretClient, name: str) -> None:
    secrets.set_secret(name, "one")
    backup = bytearray(secrets.backup_secret(name))
    backup[len(backup) // 2] ^= 1
    with pytest.raises(HttpResponseError) as refused:
        secrets.restore_secret_backup(bytes(backup))
    assert refused.value.status_code == 400


def test_lists_come_in_pages_and_name_each_once(secrets: SecretClient, name: str) -> None:
    names = [f"{name}-{number:02}" for number in range(30)]
    for each in names:
        secrets.set_secret(each, "old")
        secrets.set_secret(each, "new")
    found = [each.name for each in secrets.list_properties_of_secrets() if each.name.startswith(name)]
    assert found == names
    pages = [len(list(page)) for page in secrets.list_properties_of_secrets(max_page_size=7).by_page()]
    assert sum(pages) == len(list(secrets.list_properties_of_secrets()))
    assert set(pages[:-1]) == {7}
    for each in names:
        secrets.begin_delete_secret(each).wait()
    deleted = [each.name for each in secrets.list_deleted_secrets(max_page_size=4) if each.name.startswith(name)]
    assert deleted == names


def test_versions_come_in_pages(secrets: SecretClient, name: str) -> None:
    made = [secrets.set_secret(name, str(number)).properties.version for number in range(8)]
    pages = secrets.list_properties_of_secret_versions(name, max_page_size=3).by_page()
    assert [[found.version for found in page] for page in pages] == [made[:3], made[3:6], made[6:]]


@pytest.mark.parametrize("bad", ["under_score", "a" * 128])
def test_a_name_outside_the_rules_is_refused(secrets: SecretClient, bad: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        secrets.set_secret(bad, "x")
    assert refused.value.status_code == 400


def test_a_value_longer_than_25_kb_is_refused(secrets: SecretClient, name: str) -> None:
    assert secrets.set_secret(name, "x" * 25_000)
    with pytest.raises(HttpResponseError) as refused:
        secrets.set_secret(name, "x" * 25_001)
    assert refused.value.status_code == 400
    assert "xxx" not in str(refused.value)


async def test_the_asyncio_client_does_all_the_same(async_secrets: AsyncSecretClient, name: str) -> None:
    first = await async_secrets.set_secret(name, "one")
    await async_secrets.set_secret(name, "two")
    assert (await async_secrets.get_secret(name)).value == "two"
    assert (await async_secrets.get_secret(name, first.properties.version)).value == "one"
    versions = [found.version async for found in async_secrets.list_properties_of_secret_versions(name)]
    assert versions[0] == first.properties.version
    assert name in [found.name async for found in async_secrets.list_properties_of_secrets()]

    await async_secrets.update_secret_properties(name, first.properties.version, enabled=False)
    with pytest.raises(HttpResponseError, match="disabled"):
        await async_secrets.get_secret(name, first.properties.version)

    backup = await async_secrets.backup_secret(name)
    await async_secrets.delete_secret(name)
    assert name in [found.name async for found in async_secrets.list_deleted_secrets()]
    assert (await async_secrets.get_deleted_secret(name)).name == name
    await async_secrets.recover_deleted_secret(name)
    assert (await async_secrets.get_secret(name)).value == "two"
    await async_secrets.delete_secret(name)
    await async_secrets.purge_deleted_secret(name)
    with pytest.raises(ResourceNotFoundError):
        await async_secrets.get_secret(name)
    await async_secrets.restore_secret_backup(backup)
    assert (await async_secrets.get_secret(name)).value == "two"
