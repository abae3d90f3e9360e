// What the Functions host keeps for itself: the deployed package, timer leases, blob receipts and its internal queues.
// Apart from the evidence, so that no right to the one is a right to the other.
param name string
param location string
param tags object
param place object
param replication string
param encryption object
param workspaceId string

@description('The identity of the app, which the host runs under')
param principalId string

var deploymentContainer = 'deployments'
// The second app's package: two apps in one container would overwrite each other's.
var secondContainer = 'deployments-second'
var deadEvents = 'dead-events'
// The least that the host runs with (Microsoft Learn, "Connecting to host storage with an identity").
var hostRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
]
var services = ['blob', 'queue', 'table']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35: open to the internet with public reach only, and then guarded by identity
  // checkov:skip=CKV_AZURE_206: leases, receipts and a package that the next deployment brings again
  name: name
  location: location
  tags: tags
  sku: { name: replication }
  kind: 'StorageV2'
  identity: empty(encryption) ? { type: 'None' } : {
    type: 'UserAssigned'
    userAssignedIdentities: { '${encryption.identityId}': {} }
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: place.reach == 'private' ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: place.reach == 'public' ? 'Allow' : 'Deny'
      virtualNetworkRules: place.reach == 'subnet' ? [{ id: place.functionsSubnet }] : []
    }
    encryption: {
      requireInfrastructureEncryption: true
      keySource: empty(encryption) ? 'Microsoft.Storage' : 'Microsoft.Keyvault'
      identity: empty(encryption) ? null : { userAssignedIdentity: encryption.identityId }
      keyvaultproperties: empty(encryption) ? null : { keyname: encryption.keyName, keyvaulturi: encryption.vaultUri }
      services: {
        blob: { enabled: true, keyType: 'Account' }
        queue: { enabled: true, keyType: 'Account' }
        table: { enabled: true, keyType: 'Account' }
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [for container in [deploymentContainer, secondContainer, deadEvents]: {
  parent: blobs
  name: container
  properties: { publicAccess: 'None' }
}]

resource hosts 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in hostRoles: {
  scope: account
  name: guid(account.id, principalId, role)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queueService
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

module endpoints 'private-endpoint.bicep' = [for service in (place.reach == 'private' ? services : []): {
  name: 'endpoint-host-${service}'
  params: {
    name: '${name}-${service}'
    location: location
    tags: tags
    subnetId: place.endpointsSubnet
    serviceId: account.id
    groupId: service
    zoneId: place.zones[service]
  }
}]

output name string = account.name
output deadEventsContainer string = deadEvents
output endpoints object = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
  deployments: '${account.properties.primaryEndpoints.blob}${deploymentContainer}'
  secondDeployments: '${account.properties.primaryEndpoints.blob}${secondContainer}'
}
