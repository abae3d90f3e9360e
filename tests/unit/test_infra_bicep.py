"""What infra/ promises, asserted on the parsed Bicep: no keys, least rights, and nothing that drifts from *.json."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pycep
import pytest
from azure.functions import Function
from azure.functions.decorators.timer import TimerTrigger

from function_app import app
from shared.audit.logs import IMMUTABLE, LATEST
from shared.retention import schedule, tombstones
from shared.settings import Settings
from shared.storage.blobs import SEALED, UPLOADS

INFRA = Path(__file__).parents[2] / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
PARSED = {file.relative_to(INFRA).as_posix(): pycep.BicepParser().parse(file_path=file) for file in FILES}
TEXT = {file.relative_to(INFRA).as_posix(): file.read_text() for file in FILES}
HOST = json.loads((INFRA.parent / "host.json").read_text())

LOCAL_ONLY = {"WEBHOOK_LOOPBACK", "COSMOS_KEY", "SERVICEBUS", "EVIDENCE_STORAGE"}
"""Settings that hold keys or connection strings: of an emulator, never of Azure."""

OF_THE_PLATFORM = re.compile(
    r"(AzureWebJobsStorage|SERVICEBUS|EVIDENCE_STORAGE)__(blobServiceUri|queueServiceUri|tableServiceUri|credential"
    r"|clientId)|APPLICATIONINSIGHTS_(CONNECTION_STRING|AUTHENTICATION_STRING)"
)
"""What the Functions host reads by itself: identity-based connections and telemetry."""

NOT_ON_FLEX = {
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_TIME_ZONE",
    "TZ",
}


@dataclass(frozen=True)
class Resource:
    file: str
    symbol: str
    type: str
    existing: bool
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        return dict(self.body.get("properties", {}))


def resources(of: str = "") -> Iterator[Resource]:
    """Every resource that is deployed; those of type ``of`` only, if given. Loops and conditions are unwrapped."""
    for file, parsed in PARSED.items():
        for symbol, found in parsed.get("resources", {}).items():
            body = found["config"]
            while "config" in body and ("loop_type" in body or "condition" in body):
                body = body["config"]
            if not found["existing"] and of in ("", found["type"]):
                yield Resource(file, symbol, found["type"], found["existing"], body)


@cache
def functions() -> dict[str, Function]:
    """By name. The app can be asked once only, so what it remembers of that is taken from it."""
    app.functions_bindings = {}
    found = {str(function.get_function_name()): function for function in app.get_functions()}
    app.functions_bindings = {}
    return found


def app_settings() -> set[str]:
    named = re.compile(r"\{ name: '([A-Za-z_]+)', value: ")
    return set(named.findall(TEXT["main.bicep"])) | set(named.findall(TEXT["modules/function-app.bicep"]))


def each(of: str) -> Any:
    return pytest.mark.parametrize("resource", [pytest.param(r, id=f"{r.file}:{r.symbol}") for r in resources(of)])


# -- the files themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", TEXT)
def test_nothing_asks_azure_for_a_key(file: str) -> None:
    """Source: Bicep linter rules outputs-should-not-contain-secrets and use-resource-symbol-reference."""
    assert not re.search(r"\blist(Keys|Secrets|AccountSas|ServiceSas|\w*)\(", TEXT[file])
    assert "AccountKey" not in TEXT[file]
    assert "SharedAccessKey" not in TEXT[file]


@pytest.mark.parametrize("file", TEXT)
def test_a_parameter_that_may_hold_a_secret_is_marked(file: str) -> None:
    """Source: Bicep linter rule secure-secrets-in-params."""
    for name, parameter in PARSED[file].get("parameters", {}).items():
        if re.search(r"(?i)password|secret|token|connectionstring|sas\b|apikey|^endpoint$", name):
            assert "secure" in {decorator["type"] for decorator in parameter["decorators"]}, name


@pytest.mark.parametrize("file", TEXT)
def test_every_parameter_is_used(file: str) -> None:
    """Source: Bicep linter rule no-unused-params."""
    for name in PARSED[file].get("parameters", {}):
        uses = re.sub(rf"(?m)^param {name} .*|^ *{name}:", "", TEXT[file])
        assert re.search(rf"(?<![\w']){name}\b", uses), name


def test_every_module_gets_exactly_what_it_asks_for() -> None:
    """Source: Bicep BCP035 (missing property) and BCP037 (unknown property)."""
    for file, parsed in PARSED.items():
        for symbol, module in parsed.get("modules", {}).items():
            body = module["config"]
            while "params" not in body:
                body = body["config"]
            path = (Path(file).parent / module["detail"]["path"]).as_posix()
            asked = PARSED[path]["parameters"]
            optional = {name for name, parameter in asked.items() if parameter["default"] is not None}
            assert set(asked) - optional <= set(body["params"]) <= set(asked), f"{file}: {symbol}"


def test_every_output_that_is_read_is_there() -> None:
    """Source: Bicep BCP053 (the type does not contain the property)."""
    modules = {symbol: module["detail"]["path"] for symbol, module in PARSED["main.bicep"]["modules"].items()}
    for symbol, output in re.findall(r"\b(\w+)\.outputs\.(\w+)", TEXT["main.bicep"]):
        assert output in PARSED[modules[symbol]]["outputs"], f"{symbol}.{output}"


# -- who gets in ------------------------------------------------------------------------------------------------------


@each("Microsoft.Storage/storageAccounts")
def test_storage_knows_no_keys(resource: Resource) -> None:
    """Source: Microsoft Learn, "Prevent Shared Key authorization for an Azure Storage account"."""
    wanted = {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "defaultToOAuthAuthentication": True,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    }
    assert {name: resource.properties[name] for name in wanted} == wanted


@each("Microsoft.DocumentDB/databaseAccounts")
def test_cosmos_knows_no_keys(resource: Resource) -> None:
    """Source: Microsoft Learn, "Disable key-based authentication with Azure Cosmos DB for NoSQL"."""
    wanted = {"disableLocalAuth": True, "disableKeyBasedMetadataWriteAccess": True, "minimalTlsVersion": "Tls12"}
    assert {name: resource.properties[name] for name in wanted} == wanted


@each("Microsoft.ServiceBus/namespaces")
def test_service_bus_knows_no_keys(resource: Resource) -> None:
    """Source: Microsoft Learn, "Disable local authentication for Azure Service Bus"."""
    assert resource.properties["disableLocalAuth"] is True
    assert resource.properties["minimumTlsVersion"] == "1.2"


@each("Microsoft.KeyVault/vaults")
def test_vaults_go_by_roles_and_are_never_purged(resource: Resource) -> None:
    """Source: Microsoft Learn, "Azure Key Vault recovery management with soft delete and purge protection"."""
    wanted = {"enableRbacAuthorization": True, "enableSoftDelete": True, "enablePurgeProtection": True}
    assert {name: resource.properties[name] for name in wanted} == wanted


def test_telemetry_knows_no_keys() -> None:
    """Source: Microsoft Learn, "Microsoft Entra authentication for Application Insights"."""
    (insights,) = resources("Microsoft.Insights/components")
    (workspace,) = resources("Microsoft.OperationalInsights/workspaces")
    assert insights.properties["DisableLocalAuth"] is True
    assert workspace.properties["features"]["disableLocalAuth"] is True


def test_the_app_is_reached_over_tls_and_deployed_without_passwords() -> None:
    """Source: Microsoft Learn, "Disable basic authentication in Azure App Service deployments"."""
    (site,) = resources("Microsoft.Web/sites")
    (policy,) = resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert site.properties["httpsOnly"] is True
    assert site.properties["siteConfig"]["minTlsVersion"] == site.properties["siteConfig"]["scmMinTlsVersion"] == "1.2"
    assert site.properties["siteConfig"]["ftpsState"] == "Disabled"
    assert policy.properties == {"allow": False}
    assert "for way in ['ftp', 'scm']" in TEXT[policy.file]


@each("Microsoft.Authorization/roleAssignments")
def test_every_right_is_for_one_resource_and_an_identity(resource: Resource) -> None:
    """Source: Microsoft Learn, "Scope extension resources in Bicep": without a scope it is the resource group's."""
    assert resource.body["scope"] != {"function": {"type": "resource_group"}}
    assert resource.properties["principalType"] == "ServicePrincipal"


def test_no_right_is_one_to_everything() -> None:
    """Source: Microsoft Learn, "Azure built-in roles": Owner, Contributor, User Access Administrator, Secrets Officer,
    Service Bus Data Owner, Storage Account Contributor, DocumentDB Account Contributor."""
    too_much = (
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "090c5cfd-751d-490a-894a-3ce6f1109419",
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        "5bd9cd88-fe45-4216-938b-f97437e15450",
    )
    assert not [role for role in too_much for text in TEXT.values() if role in text]


def test_the_app_makes_roots_and_destroys_none() -> None:
    """Source: Microsoft Learn, "Azure permissions for Security": data actions of Microsoft.KeyVault."""
    (role,) = resources("Microsoft.Authorization/roleDefinitions")
    (permission,) = role.properties["permissions"]
    assert permission["actions"] == []
    assert {action.rpartition("secrets/")[2] for action in permission["dataActions"]} == {
        "getSecret/action",
        "setSecret/action",
        "readMetadata/action",
        "update/action",
    }


# -- what is stored where ---------------------------------------------------------------------------------------------


def test_the_definitions_are_loaded_not_repeated() -> None:
    """Source: Microsoft Learn, "Bicep file functions: loadJsonContent"."""
    for name in ("cosmos", "servicebus", "storage"):
        assert f"loadJsonContent('{name}.json')" in TEXT["main.bicep"]
    assert "[for container in cosmosDefinition.containers:" in TEXT["main.bicep"]
    assert "[for queue in queues:" in TEXT["modules/service-bus.bicep"]
    assert "[for container in containers:" in TEXT["modules/storage-evidence.bicep"]


def test_every_part_of_a_definition_is_deployed() -> None:
    """A new property in a definition must reach Azure as well as the local stack."""
    container = TEXT["modules/cosmos-container.bicep"]
    for defined in json.loads((INFRA / "cosmos.json").read_text())["containers"]:
        for name, value in defined.items():
            assert re.search(rf"definition\.\??{name}\b", container), name
            assert name != "composite" or all(len(paths) == 2 for paths in value), "the template takes pairs"
    (namespace,) = json.loads((INFRA / "servicebus.json").read_text())["UserConfig"]["Namespaces"]
    assert namespace["Topics"] == [], "the template makes queues only"
    for queue in namespace["Queues"]:
        assert not [
            name for name in queue["Properties"] if f"queue.Properties.{name}" not in TEXT["modules/service-bus.bicep"]
        ]
    assert set(json.loads((INFRA / "storage.json").read_text())) == {"evidence"}, "the template makes one account"


def test_keys_have_an_account_of_their_own_with_the_shortest_backup() -> None:
    """Source: Microsoft Learn, "Continuous backup with point-in-time restore": tiers of 7 and 30 days."""
    modules, variables = PARSED["main.bicep"]["modules"], PARSED["main.bicep"]["variables"]
    defined = {each["id"] for each in json.loads((INFRA / "cosmos.json").read_text())["containers"]}
    assert variables["keyringContainers"]["value"] == ["keyring"]
    assert "keyring" in defined
    assert modules["keyring"]["config"]["params"]["backup"] == "Continuous7Days"
    (account,) = resources("Microsoft.DocumentDB/databaseAccounts")
    assert account.properties["backupPolicy"]["type"] == "Continuous"


def test_only_what_never_changes_is_immutable() -> None:
    """Source: Microsoft Learn, "Container-level WORM policies": blobs can be created and read, not changed."""
    (policy,) = resources("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies")
    variables = PARSED["modules/storage-evidence.bicep"]["variables"]
    defined = json.loads((INFRA / "storage.json").read_text())["evidence"]["containers"]
    assert variables["immutableContainer"]["value"] == IMMUTABLE
    assert policy.body["parent"] == "auditLog"
    assert policy.properties["allowProtectedAppendWrites"] is False
    assert {IMMUTABLE, LATEST} <= set(defined)


def test_uploads_in_the_clear_leave_and_no_copy_of_them_stays() -> None:
    """Source: shared/retention/schedule.toml, category evidence_upload: one day."""
    (blobs,) = (r for r in resources("Microsoft.Storage/storageAccounts/blobServices") if "evidence" in r.file)
    (lifecycle,) = resources("Microsoft.Storage/storageAccounts/managementPolicies")
    leaves, stones, cools = lifecycle.properties["policy"]["rules"]
    variables = PARSED["modules/storage-evidence.bicep"]["variables"]
    assert (variables["uploadsContainer"]["value"], variables["evidenceContainer"]["value"]) == (UPLOADS, SEALED)
    assert leaves["definition"]["filters"]["prefixMatch"] == ["${uploadsContainer}/"]
    assert leaves["definition"]["actions"]["baseBlob"]["delete"] == {"daysAfterCreationGreaterThan": 1}
    assert stones["definition"]["filters"]["prefixMatch"] == ["${tombstonesContainer}/"]
    assert variables["tombstonesContainer"]["value"] == tombstones.CONTAINER
    kept = stones["definition"]["actions"]["baseBlob"]["delete"]["daysAfterCreationGreaterThan"]
    assert kept > schedule.backup("records").longest.days + tombstones.MARGIN.days
    assert "delete" not in cools["definition"]["actions"]["baseBlob"]
    assert blobs.properties["isVersioningEnabled"] is False
    assert blobs.properties["deleteRetentionPolicy"] == {"enabled": False}


# -- the app ----------------------------------------------------------------------------------------------------------


def test_the_app_gets_every_setting_it_reads_and_no_key() -> None:
    read = {str(field.alias) for field in Settings.model_fields.values()}
    assert read - LOCAL_ONLY <= app_settings()
    assert not app_settings() & LOCAL_ONLY


def test_every_setting_is_read_by_somebody() -> None:
    read = {str(field.alias) for field in Settings.model_fields.values()}
    unknown = {name for name in app_settings() - read if not OF_THE_PLATFORM.fullmatch(name)}
    assert unknown <= {"COSMOS_KEYRING_ENDPOINT"}


def test_no_setting_is_one_that_the_plan_forbids() -> None:
    """Source: Microsoft Learn, "App settings reference for Azure Functions: Flex Consumption plan deprecations"."""
    assert not app_settings() & NOT_ON_FLEX


@pytest.mark.parametrize("connection", ["AzureWebJobsStorage", "SERVICEBUS", "EVIDENCE_STORAGE"])
def test_every_connection_signs_in_with_the_identity(connection: str) -> None:
    """Source: Microsoft Learn, "Functions: common properties for identity-based connections"."""
    assert {f"{connection}__credential", f"{connection}__clientId"} <= app_settings()


def test_instances_that_never_sleep_are_for_functions_that_exist() -> None:
    """Source: Microsoft Learn, "Flex Consumption plan: always ready instances", groups and `function:<name>`."""
    named = re.findall(r"name: 'function:(\w+)'", TEXT["modules/function-app.bicep"])
    assert named == ["alerts_dispatch"]
    assert set(named) <= set(functions())
    (site,) = resources("Microsoft.Web/sites")
    assert site.properties["functionAppConfig"]["runtime"] == {"name": "python", "version": "3.13"}
    assert "http" in site.properties["functionAppConfig"]["scaleAndConcurrency"]["triggers"]


def test_the_second_app_is_deployed_as_it_runs_here() -> None:
    """Its own plan and package, the same stores, one video at a time, closed to the internet. Source: Microsoft Learn,
    "Flex Consumption plan": one app in a plan; "host.json reference", override host.json values."""
    second = json.loads((INFRA / "second-app.json").read_text())
    assert second["settings"] == {"AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls": "1"}
    assert "loadJsonContent('second-app.json')" in TEXT["main.bicep"]
    apps = {
        symbol: module["config"]["params"]
        for symbol, module in PARSED["main.bicep"]["modules"].items()
        if module["detail"]["path"] == "modules/function-app.bicep"
    }
    assert [params["answersHttp"] for params in apps.values()] == [True, False]
    deployments = re.findall(r"deployments: hostStorage\.outputs\.endpoints\.(\w+)", TEXT["main.bicep"])
    assert sorted(deployments) == ["deployments", "secondDeployments"], "a package each"
    assert "appSettings: concat(appSettings, secondSettings)" in TEXT["main.bicep"]
    (site,) = resources("Microsoft.Web/sites")
    assert "!answersHttp ? 'Deny'" in TEXT[site.file]


def test_uploads_wake_the_function_that_examines_them() -> None:
    """Source: Microsoft Learn, "Trigger Azure Functions on blob containers using an event subscription"."""
    (subscription,) = resources("Microsoft.EventGrid/systemTopics/eventSubscriptions")
    assert subscription.properties["filter"]["includedEventTypes"] == ["Microsoft.Storage.BlobCreated"]
    prefix = subscription.properties["filter"]["subjectBeginsWith"]
    assert prefix == f"/blobServices/default/containers/{UPLOADS}/"
    script = (INFRA.parent / "scripts" / "deploy_event_subscription.sh").read_text()
    (named,) = re.findall(r"Host\.Functions\.(\w+)", script)
    assert functions()[named].get_trigger().path.startswith(f"{UPLOADS}/")


def test_sampling_keeps_requests_and_exceptions() -> None:
    """Source: Microsoft Learn, "host.json reference: applicationInsights.samplingSettings"."""
    kept = HOST["logging"]["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";")
    assert {"Request", "Exception"} <= set(kept)


# -- what is watched --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "Microsoft.KeyVault/vaults",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.ServiceBus/namespaces",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.EventGrid/systemTopics",
    ],
)
def test_every_store_logs_into_the_workspace(kind: str) -> None:
    watched = {(each.file, each.body["scope"]) for each in resources("Microsoft.Insights/diagnosticSettings")}
    assert {(each.file, each.symbol) for each in resources(kind)} <= watched


def test_the_silence_of_every_timer_is_noticed() -> None:
    """An alert on failures never fires for a timer that does not run at all."""
    timers = {name for name, function in functions().items() if isinstance(function.get_trigger(), TimerTrigger)}
    query = PARSED["modules/alerts.bicep"]["variables"]["silentTimers"]["value"]
    assert set(re.findall(r"'(\w+)', \d+", query)) == timers


def test_the_query_for_silent_cameras_names_the_function_they_post_to() -> None:
    (name,) = re.findall(r"OperationName == '(\w+)'", TEXT["modules/alerts.bicep"])
    assert functions()[name].get_trigger().route == "plates/{deviceId:guid}"


def test_the_queries_look_for_what_the_app_logs() -> None:
    """A log line that is reworded must take its alert along."""
    logged = "".join(file.read_text() for file in (INFRA.parent / "shared").rglob("*.py"))
    for words in ("the audit log of %s has been tampered with", "could not be continued", "could not be disposed of"):
        assert words in logged
    for words in ("audit log of", "tampered", "could not be continued", "could not be disposed of"):
        assert words in TEXT["modules/alerts.bicep"]


def test_every_alert_says_what_is_wrong_and_has_a_page_to_turn_to() -> None:
    runbook = (INFRA.parent / "docs" / "operations" / "alerts.md").read_text()
    rules = re.findall(r"\n    name: '([a-z-]+)'\n    says: '(.+)'", TEXT["modules/alerts.bicep"])
    assert len(rules) == 14
    assert not [name for name, _ in rules if f"## {name}\n" not in runbook]
