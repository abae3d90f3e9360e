// A function app on a Flex Consumption plan, which takes one app. It knows where things are, never how to get in: that is what its identity is for.
param name string
param location string
param tags object
param place object

@description('Its name in azure.yaml')
param serviceName string

@description('Whether anybody calls it. An app that only works through its queue is closed to the internet')
param answersHttp bool

@description('With private reach: the networks (CIDR) that may call the app over the internet')
param clientAddresses array

param zoneRedundant bool

@description('{ id, clientId } of the user-assigned identity')
param identity object

@description('{ alwaysReady: { http, alerts }, maximumInstances, instanceMemory, httpConcurrency }')
param scale object

param corsOrigins array

@description('{ blob, queue, table } of the host storage')
param hostStorage object

@description('The container that its package is deployed through')
param deployments string

@description('[{ name, value }], of what other modules made')
param appSettings array

var isPrivate = place.reach == 'private'
var readyForHttp = scale.alwaysReady.http == 0 ? [] : [{ name: 'http', instanceCount: scale.alwaysReady.http }]
var readyForAlerts = scale.alwaysReady.alerts == 0 ? [] : [
  { name: 'function:alerts_dispatch', instanceCount: scale.alwaysReady.alerts }
]
var addressRules = [for (address, i) in clientAddresses: {
  name: 'client-${i}'
  ipAddress: address
  action: 'Allow'
  priority: 100 + i
}]
// Event Grid calls the blob trigger from the internet, whatever else may not.
var eventGridRule = {
  name: 'event-grid'
  tag: 'ServiceTag'
  ipAddress: 'AzureEventGrid'
  action: 'Allow'
  priority: 90
}
// One set for each connection that a trigger or the host opens; the SDK clients of the app need AZURE_CLIENT_ID only.
var connectionSettings = [
  { name: 'AZURE_CLIENT_ID', value: identity.clientId }
  { name: 'AzureWebJobsStorage__blobServiceUri', value: hostStorage.blob }
  { name: 'AzureWebJobsStorage__queueServiceUri', value: hostStorage.queue }
  { name: 'AzureWebJobsStorage__tableServiceUri', value: hostStorage.table }
  { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
  { name: 'AzureWebJobsStorage__clientId', value: identity.clientId }
  { name: 'SERVICEBUS__credential', value: 'managedidentity' }
  { name: 'SERVICEBUS__clientId', value: identity.clientId }
  { name: 'EVIDENCE_STORAGE__credential', value: 'managedidentity' }
  { name: 'EVIDENCE_STORAGE__clientId', value: identity.clientId }
  { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${identity.clientId};Authorization=AAD' }
]

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_212: the plan has no number of instances; see alwaysReady
  // checkov:skip=CKV_AZURE_225: a parameter
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_17: people and cameras sign in with tokens and secrets, which the app checks
  // checkov:skip=CKV_AZURE_212: the plan has no number of instances; see alwaysReady
  // checkov:skip=CKV_AZURE_213: the plan has no health checks; the alerts watch instead
  // checkov:skip=CKV_AZURE_222: cameras and browsers come over the internet; private reach admits named networks only
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: place.reach == 'public' ? null : place.functionsSubnet
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deployments
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        maximumInstanceCount: scale.maximumInstances
        instanceMemoryMB: scale.instanceMemory
        alwaysReady: concat(readyForHttp, readyForAlerts)
        triggers: { http: { perInstanceConcurrency: scale.httpConcurrency } }
      }
    }
    siteConfig: {
      appSettings: concat(appSettings, connectionSettings)
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      cors: {
        allowedOrigins: corsOrigins
        supportCredentials: false
      }
      ipSecurityRestrictionsDefaultAction: isPrivate || !answersHttp ? 'Deny' : 'Allow'
      ipSecurityRestrictions: isPrivate && answersHttp ? concat([eventGridRule], addressRules) : []
      // Deployments sign in with Entra ID (see below), from wherever the pipeline runs.
      scmIpSecurityRestrictionsUseMain: false
    }
  }
}

resource noPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = [for way in ['ftp', 'scm']: {
  parent: site
  name: way
  properties: { allow: false }
}]

module endpoint 'private-endpoint.bicep' = if (isPrivate && answersHttp) {
  name: 'endpoint-app'
  params: {
    name: '${name}-sites'
    location: location
    tags: tags
    subnetId: place.endpointsSubnet
    serviceId: site.id
    groupId: 'sites'
    zoneId: place.zones.sites
  }
}

output name string = site.name
output url string = 'https://${site.properties.defaultHostName}'
