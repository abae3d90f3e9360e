// The vault that holds one root secret per organisation, and the keys that encrypt the stores at rest.
param name string
param location string
param tags object
param place object
param softDeleteDays int
param locked bool
param workspaceId string

@description('The identity of the app, which reads roots and makes those of new organisations')
param principalId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_109: closed unless reach is public; the scanner does not follow the condition
  // checkov:skip=CKV_AZURE_189: see CKV_AZURE_109
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: softDeleteDays
    enablePurgeProtection: true
    publicNetworkAccess: place.reach == 'private' ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: place.reach == 'public' ? 'Allow' : 'Deny'
      virtualNetworkRules: place.reach == 'subnet' ? [{ id: place.functionsSubnet }] : []
    }
  }
}

// No built-in role fits: Secrets User cannot make a root, Secrets Officer can also delete one. Nobody but a person
// destroys what every record of an organisation hangs on.
resource rootKeeper 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'root-keeper')
  properties: {
    roleName: 'Reeve root keeper (${name})'
    description: 'Reads and creates secrets; cannot delete, recover or purge them.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.KeyVault/vaults/secrets/getSecret/action'
          'Microsoft.KeyVault/vaults/secrets/setSecret/action'
          'Microsoft.KeyVault/vaults/secrets/readMetadata/action'
          'Microsoft.KeyVault/vaults/secrets/update/action'
        ]
        notDataActions: []
      }
    ]
  }
}

resource keepsRoots 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, principalId, rootKeeper.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: rootKeeper.id
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  scope: vault
  name: 'holds-every-root-key'
  properties: { level: 'CanNotDelete' }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (place.reach == 'private') {
  name: 'endpoint-vault'
  params: {
    name: '${name}-vault'
    location: location
    tags: tags
    subnetId: place.endpointsSubnet
    serviceId: vault.id
    groupId: 'vault'
    zoneId: place.zones.vault
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
