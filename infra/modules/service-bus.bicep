// The namespace and the queues as `servicebus.json` defines them. Nobody signs in with a key, so none is of use.
param name string
param location string
param tags object
param place object

@allowed(['Standard', 'Premium'])
param sku string

@description('`Queues` of servicebus.json')
param queues array

param encryption object
param workspaceId string

@description('The identity of the app')
param principalId string

var isPremium = sku == 'Premium'
var isPrivate = place.reach == 'private'
var sender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39')
var receiver = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0')

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: isPremium ? { name: sku, tier: sku, capacity: 1 } : { name: sku, tier: sku }
  identity: empty(encryption) ? { type: 'None' } : {
    type: 'UserAssigned'
    userAssignedIdentities: { '${encryption.identityId}': {} }
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    // Only Premium can close its door; Standard is guarded by identity alone.
    publicNetworkAccess: isPremium && isPrivate ? 'Disabled' : 'Enabled'
    encryption: empty(encryption) ? null : {
      keySource: 'Microsoft.KeyVault'
      requireInfrastructureEncryption: true
      keyVaultProperties: [
        {
          keyName: encryption.keyName
          keyVaultUri: encryption.vaultUri
          identity: { userAssignedIdentity: encryption.identityId }
        }
      ]
    }
  }
}

resource messageQueues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in queues: {
  parent: namespace
  name: queue.Name
  properties: {
    lockDuration: queue.Properties.LockDuration
    maxDeliveryCount: queue.Properties.MaxDeliveryCount
    defaultMessageTimeToLive: queue.Properties.DefaultMessageTimeToLive
    deadLetteringOnMessageExpiration: queue.Properties.DeadLetteringOnMessageExpiration
    requiresDuplicateDetection: queue.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: queue.Properties.DuplicateDetectionHistoryTimeWindow
    requiresSession: queue.Properties.RequiresSession
  }
}]

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, i) in queues: {
  scope: messageQueues[i]
  name: guid(messageQueues[i].id, principalId, sender)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: sender
  }
}]

resource receives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, i) in queues: {
  scope: messageQueues[i]
  name: guid(messageQueues[i].id, principalId, receiver)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: receiver
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (isPremium && isPrivate) {
  name: 'endpoint-service-bus'
  params: {
    name: '${name}-namespace'
    location: location
    tags: tags
    subnetId: place.endpointsSubnet
    serviceId: namespace.id
    groupId: 'namespace'
    zoneId: place.zones.serviceBus
  }
}

output id string = namespace.id
output hostName string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
