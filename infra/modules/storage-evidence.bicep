// Evidence as it arrives and as it is kept, and the published audit log.
//
// Blobs have neither versions nor soft delete here, on purpose: an upload stands in the clear until it is sealed, and
// what retention deletes has to be gone. Sealed evidence is protected by replication, not by undelete.
param name string
param location string
param tags object
param place object

@description('Networks (CIDR) that may upload when the account is otherwise private')
param clientAddresses array

param containers array
param immutableDays int
param replication string
param locked bool
param encryption object
param consoleOrigin string
param workspaceId string

@description('The identity of the app')
param principalId string

var immutableContainer = 'audit-log' // every blob in it is created once; `audit-heads` has what is replaced
var uploadsContainer = 'uploads'
var tombstonesContainer = 'tombstones'
var evidenceContainer = 'evidence'
var services = ['blob', 'queue']

var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var blobDelegator = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a')
var queueContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')

var isPrivate = place.reach == 'private'
var addressRules = [for address in clientAddresses: { value: address, action: 'Allow' }]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35: clients upload straight into the account, unless it is private
  // checkov:skip=CKV_AZURE_206: a parameter; production replicates over zones and regions
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
    // Browsers and cameras upload straight into the account, so the internet reaches it unless it is private.
    publicNetworkAccess: isPrivate && empty(clientAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: isPrivate ? addressRules : []
    }
    // The app signs permits of a quarter of an hour. One for longer than this would not be honoured.
    sasPolicy: {
      sasExpirationPeriod: '0.02:00:00'
      expirationAction: 'Block'
    }
    encryption: {
      requireInfrastructureEncryption: true
      keySource: empty(encryption) ? 'Microsoft.Storage' : 'Microsoft.Keyvault'
      identity: empty(encryption) ? null : { userAssignedIdentity: encryption.identityId }
      keyvaultproperties: empty(encryption) ? null : { keyname: encryption.keyName, keyvaulturi: encryption.vaultUri }
      services: {
        blob: { enabled: true, keyType: 'Account' }
        queue: { enabled: true, keyType: 'Account' }
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: { enabled: false }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    cors: {
      corsRules: [
        {
          allowedOrigins: [consoleOrigin]
          allowedMethods: ['PUT', 'OPTIONS']
          allowedHeaders: ['content-type', 'x-ms-*']
          exposedHeaders: ['x-ms-request-id']
          maxAgeInSeconds: 3600
        }
      ]
    }
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource stores 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [for container in containers: {
  parent: blobs
  name: container
  properties: { publicAccess: 'None' }
}]

resource auditLog 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobs
  name: immutableContainer
}

// Unlocked, so that it can still be lengthened, shortened or removed. Locking it is for ever: docs/operations/deployment.md.
resource neverChanged 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-01-01' = {
  parent: auditLog
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutableDays
    allowProtectedAppendWrites: false
  }
  dependsOn: [stores]
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'uploads-leave-within-a-day'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${uploadsContainer}/']
            }
            actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: 1 } } }
          }
        }
        {
          // A little longer than the longest backup that may have to be corrected by them.
          name: 'tombstones-outlive-the-backups'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${tombstonesContainer}/']
            }
            actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: 40 } } }
          }
        }
        {
          name: 'evidence-cools'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${evidenceContainer}/']
            }
            actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 30 } } }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

resource keepsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (container, i) in containers: {
  scope: stores[i]
  name: guid(stores[i].id, principalId, blobContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}]

// A permit to upload is signed with a key that the identity asks for; an account key does not exist for that.
resource signsPermits 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, blobDelegator)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobDelegator
  }
}

// The blob trigger puts uploads that failed five times into a queue of this account.
resource keepsPoison 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, principalId, queueContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: queueContributor
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  scope: account
  name: 'holds-evidence'
  properties: { level: 'CanNotDelete' }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
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

module endpoints 'private-endpoint.bicep' = [for service in (isPrivate ? services : []): {
  name: 'endpoint-evidence-${service}'
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
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
