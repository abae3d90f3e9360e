// Azure Communication Services send the app's mail, from a domain that Azure runs. For a domain of your own, verify it in
// the portal and link it in place of this one (docs/alerts.md).
param name string
param tags object

@description('Where mail is processed and kept at rest')
param dataLocation string

@description('The identity of the app')
param principalId string

// There is no built-in role that may only send; this one holds for this one resource.
var owner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '09976791-48a7-449e-bb21-39d1a415f350')

resource emailService 'Microsoft.Communication/emailServices@2023-04-01' = {
  name: '${name}-mail'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource domain 'Microsoft.Communication/emailServices/domains@2023-04-01' = {
  parent: emailService
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2023-04-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: [domain.id]
  }
}

resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: communication
  name: guid(communication.id, principalId, owner)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: owner
  }
}

output endpoint string = 'https://${communication.properties.hostName}'
output from string = 'Reeve <DoNotReply@${domain.properties.fromSenderDomain}>'
