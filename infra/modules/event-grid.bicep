// Tells of every blob that arrives. The subscription follows after the code (event-subscription.bicep): what it calls
// exists only then. Events that could not be delivered go into a container of the host storage, by identity.
param name string
param location string
param tags object
param evidenceStorageName string
param hostStorageName string
param deadEventsContainer string
param workspaceId string

var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource evidence 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: evidenceStorageName
}

resource deadEvents 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  name: '${hostStorageName}/default/${deadEventsContainer}'
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: evidence.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource buriesEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: deadEvents
  name: guid(deadEvents.id, topic.id, blobContributor)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: topic
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = topic.id
output name string = topic.name
