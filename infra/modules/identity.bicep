// The identity that the app signs in with, everywhere. What it may do is granted beside each resource.
param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output principalId string = identity.properties.principalId
output identity object = {
  id: identity.id
  clientId: identity.properties.clientId
}
