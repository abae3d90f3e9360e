// Keys of our own for encryption at rest: one a store, rotated by the vault; and the identity that stores use them with.
param name string
param location string
param tags object
param vaultName string

var stores = ['storage', 'cosmos', 'servicebus']
var encryptionUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'e147488a-f6f5-4113-8e2d-b22465e65bf6')

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

resource keys 'Microsoft.KeyVault/vaults/keys@2024-11-01' = [for store in stores: {
  // checkov:skip=CKV_AZURE_112: the standard vault's keys do not leave it either
  parent: vault
  name: 'at-rest-${store}'
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
    rotationPolicy: {
      attributes: { expiryTime: 'P2Y' }
      lifetimeActions: [
        {
          action: { type: 'rotate' }
          trigger: { timeAfterCreate: 'P1Y' }
        }
        {
          action: { type: 'notify' }
          trigger: { timeBeforeExpiry: 'P30D' }
        }
      ]
    }
  }
}]

resource usesKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (store, i) in stores: {
  scope: keys[i]
  name: guid(keys[i].id, identity.id, encryptionUser)
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: encryptionUser
  }
}]

// Without a version: the stores follow when the vault rotates.
output storage object = {
  identityId: identity.id
  vaultUri: vault.properties.vaultUri
  keyName: keys[0].name
}
output cosmos object = {
  identityId: identity.id
  keyUri: keys[1].properties.keyUri
}
output serviceBus object = {
  identityId: identity.id
  vaultUri: vault.properties.vaultUri
  keyName: keys[2].name
}
