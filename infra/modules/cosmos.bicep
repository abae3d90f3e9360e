// A Cosmos DB account with the database, signed in to by identity only. There are two: for the records, and for the
// keyring with its shortest possible backup.
param name string
param location string
param tags object
param place object
param databaseName string

@allowed(['Continuous7Days', 'Continuous30Days'])
param backup string

@description('0 for serverless, else the autoscale ceiling that all containers share')
param maximumThroughput int

param secondaryLocation string
param zoneRedundant bool
param locked bool
param encryption object
param workspaceId string

@description('The identity of the app')
param principalId string

var isServerless = maximumThroughput == 0
var isPrivate = place.reach == 'private'
var regions = empty(secondaryLocation) || isServerless ? [location] : [location, secondaryLocation]
var locations = [for (region, i) in regions: {
  locationName: region
  failoverPriority: i
  isZoneRedundant: zoneRedundant && !isServerless
}]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  // checkov:skip=CKV_AZURE_99: with private reach nothing but private endpoints leads here, with subnet reach the subnet
  // checkov:skip=CKV_AZURE_100: encrypted under keys of our own where customerManagedKeys is set
  // checkov:skip=CKV_AZURE_101: see CKV_AZURE_99; the scanner does not follow the condition
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  identity: empty(encryption) ? { type: 'None' } : {
    type: 'UserAssigned'
    userAssignedIdentities: { '${encryption.identityId}': {} }
  }
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: isServerless ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    locations: locations
    enableAutomaticFailover: length(regions) > 1
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: backup }
    }
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    isVirtualNetworkFilterEnabled: place.reach == 'subnet'
    virtualNetworkRules: place.reach == 'subnet' ? [{ id: place.functionsSubnet }] : []
    keyVaultKeyUri: empty(encryption) ? null : encryption.keyUri
    defaultIdentity: empty(encryption) ? 'FirstPartyIdentity' : 'UserAssignedIdentity=${encryption.identityId}'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
    options: isServerless ? {} : { autoscaleSettings: { maxThroughput: maximumThroughput } }
  }
}

// Cosmos DB Built-in Data Contributor: items and their containers' metadata, nothing of the account.
resource dataContributor 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' existing = {
  parent: account
  name: '00000000-0000-0000-0000-000000000002'
}

resource keepsRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = {
  parent: account
  name: guid(account.id, principalId, dataContributor.id)
  properties: {
    principalId: principalId
    roleDefinitionId: dataContributor.id
    scope: account.id
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  scope: account
  name: 'holds-records'
  properties: { level: 'CanNotDelete' }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: account
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ControlPlaneRequests', enabled: true }
      { category: 'PartitionKeyRUConsumption', enabled: true }
    ]
    metrics: [{ category: 'Requests', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-${name}'
  params: {
    name: '${name}-sql'
    location: location
    tags: tags
    subnetId: place.endpointsSubnet
    serviceId: account.id
    groupId: 'Sql'
    zoneId: place.zones.cosmos
  }
}

output id string = account.id
output name string = account.name
output endpoint string = account.properties.documentEndpoint
