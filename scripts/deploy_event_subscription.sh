#!/usr/bin/env bash
# Connects uploads with the blob trigger: the last step of a deployment, and safe to run again.
#
# The trigger's address holds a key that the platform makes when it has loaded the function, and may make anew. It is
# read here and handed on through a file that only this user can read and that is gone afterwards; the deployment keeps
# it as a secure parameter. With it one can announce an upload, nothing else.
#
#   AZURE_RESOURCE_GROUP=... scripts/deploy_event_subscription.sh
set -euo pipefail
cd "$(dirname "$0")/.."
umask 077

group=${AZURE_RESOURCE_GROUP:?name the resource group}
trigger=Host.Functions.evidence_process

# The latest deployment of infra/main.bicep, whoever named it.
deployment=$(az deployment group list --resource-group "$group" --output tsv \
    --query 'sort_by([?properties.outputs.functionAppName], &properties.timestamp)[-1].name')
if [ -z "$deployment" ]; then
    echo "infra/main.bicep was never deployed into $group" >&2
    exit 1
fi

output_of_main() {
    az deployment group show --resource-group "$group" --name "$deployment" \
        --query "properties.outputs.$1.value" --output tsv
}

app=$(output_of_main functionAppName)
url=$(output_of_main functionAppUrl)
topic=$(output_of_main systemTopicName)
host_storage=$(output_of_main hostStorageName)
dead_events=$(output_of_main deadEventsContainer)
scans=$(output_of_main scanTopicName)
function_id=""
if [ -n "$scans" ]; then
    function_id=$(az functionapp show --resource-group "$group" --name "$app" --query id --output tsv)/functions/evidence_verdict
fi

key=''
for attempt in $(seq 1 "${ATTEMPTS:-20}"); do
    key=$(az functionapp keys list --resource-group "$group" --name "$app" \
        --query systemKeys.blobs_extension --output tsv 2>/dev/null || true)
    [ -n "$key" ] && break
    echo "The blob trigger is not loaded yet (attempt $attempt)" >&2
    sleep "${PAUSE:-15}"
done
if [ -z "$key" ]; then
    echo "$app has no key for its blob trigger: is evidence_process loaded? scripts/deploy_verify.py tells." >&2
    exit 1
fi

parameters=$(mktemp)
trap 'rm -f "$parameters"' EXIT
cat >"$parameters" <<PARAMETERS
{
  "\$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "topicName": { "value": "$topic" },
    "hostStorageName": { "value": "$host_storage" },
    "deadEventsContainer": { "value": "$dead_events" },
    "scanTopicName": { "value": "$scans" },
    "verdictFunctionId": { "value": "$function_id" },
    "endpoint": { "value": "$url/runtime/webhooks/blobs?functionName=$trigger&code=$key" }
  }
}
PARAMETERS

az deployment group create --resource-group "$group" --name event-subscription \
    --template-file infra/modules/event-subscription.bicep --parameters "@$parameters" --output none
echo "Uploads to $app are announced to $trigger"
