// Everything that Reeve needs in one resource group. What differs between environments are parameters: see the
// *.bicepparam files. What the app stores and where is defined in the *.json files beside this one, which the local
// stack reads too.
targetScope = 'resourceGroup'

@description('Short name of the environment; part of resource names')
@minLength(2)
@maxLength(8)
param environmentName string = 'dev'

param location string = resourceGroup().location

@description('Issuer URLs that may sign users in, space separated')
param oidcIssuers string

@description('The audience that access tokens must name')
param oidcAudience string = 'api://reeve'

@description('Who is told when an alert fires, and when the budget runs out')
@minLength(1)
param alertEmails array

@description('How the app reaches its stores: over the internet, from its subnet, or through private endpoints only')
@allowed(['public', 'subnet', 'private'])
param reach string = 'public'

@description('With private reach: the networks (CIDR) that may call the app and upload evidence')
param clientAddresses array = []

@description('Spread over availability zones whatever can be')
param zoneRedundant bool = false

@description('Encrypt at rest under keys of our own vault; needs Service Bus Premium')
param customerManagedKeys bool = false

@description('Keep the stores from being deleted by mistake')
param locked bool = false

@allowed(['Standard', 'Premium'])
param serviceBusSku string = 'Standard'

@description('0 for serverless, else the ceiling of the throughput that all containers share')
param cosmosMaximumThroughput int = 0

@description('A second region that Cosmos DB replicates to; empty for none')
param secondaryLocation string = ''

@description('How far back the records can be restored. The keyring always has the shortest: 7 days')
@allowed(['Continuous7Days', 'Continuous30Days'])
param recordsBackup string = 'Continuous7Days'

@description('The account with the records; another one after a restore (docs/operations/restore.md)')
param recordsAccount string = 'reeve-${uniqueString(resourceGroup().id)}'

@description('The account with the keyring; another one after a restore')
param keyringAccount string = 'reeve-keyring-${uniqueString(resourceGroup().id)}'

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param evidenceReplication string = 'Standard_LRS'

@description('How long nobody can change or delete the audit log\'s tiles; as long as audit entries are kept, or longer')
@minValue(1)
param auditImmutableDays int = 730

@description('How long a deleted secret can be recovered, and so the longest that a destroyed root key lives on')
@minValue(7)
@maxValue(90)
param vaultSoftDeleteDays int = 90

@description('Instances that never sleep: for HTTP, and for the function that sends alerts')
param alwaysReady object = {
  http: 0
  alerts: 0
}

@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('Of the app that works on videos: with 4096 it has two cores')
@allowed([512, 2048, 4096])
param secondInstanceMemory int = 4096

@description('HTTP requests that one instance takes at once: handlers are asynchronous, and one worker is one core')
param httpConcurrency int = 16

param logRetentionDays int = 30

@description('Log volume a day after which the workspace stops taking more; -1 for no limit')
param logDailyCapGb int = 1

@allowed(['Free', 'Standard'])
param consoleSku string = 'Free'

@description('Static web apps exist in few regions only; their content is served from everywhere')
param consoleLocation string = 'westeurope'

@description('Monthly, in the currency of the subscription')
param budgetAmount int = 100

@description('Gigabytes a month that Microsoft Defender scans for malware before the app takes an upload; 0: no scanning')
param malwareScanCapGb int = 0

@description('Where the public reaches the app, as https://rights.example.org; without it links on paper lead to the app itself')
param publicUrl string = ''

@description('Who runs the platform, as the privacy statement names them')
param operatorName string = ''

@description('Where they can be written to about privacy')
param operatorContact string = ''

@description('Where Azure Communication Services process mail, such as UK or Europe; empty: they send none')
param mailDataLocation string = ''

@description('A mail server in place of that: smtps://user@host:465; its password is the secret smtp-password')
param smtpUrl string = ''

@description('Name <address> that mail from the mail server comes from')
param mailFrom string = ''

@description('First day of a month')
param budgetStart string = utcNow('yyyy-MM-01')

param tags object = {}

var cosmosDefinition = loadJsonContent('cosmos.json')
var second = loadJsonContent('second-app.json')
var queues = loadJsonContent('servicebus.json').UserConfig.Namespaces[0].Queues
var evidenceContainers = loadJsonContent('storage.json').evidence.containers

// In an account of its own, because a record is gone for good only when no backup holds its key any more.
var keyringContainers = ['keyring']

var suffix = uniqueString(resourceGroup().id)
var allTags = union({ application: 'reeve', environment: environmentName }, tags)

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: 'reeve-${environmentName}'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: 'reeve-${environmentName}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: 'reeve-${environmentName}'
    location: location
    tags: allTags
    reach: reach
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    name: 'reeve-${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    softDeleteDays: vaultSoftDeleteDays
    locked: locked
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module encryption 'modules/encryption.bicep' = if (customerManagedKeys) {
  name: 'encryption'
  params: {
    name: 'reeve-${environmentName}-encryption'
    location: location
    tags: allTags
    vaultName: keyVault.outputs.name
  }
}

// Empty: under the platform's keys.
#disable-next-line BCP318
var storageEncryption = customerManagedKeys ? encryption.outputs.storage : {}
#disable-next-line BCP318
var cosmosEncryption = customerManagedKeys ? encryption.outputs.cosmos : {}
#disable-next-line BCP318
var serviceBusEncryption = customerManagedKeys ? encryption.outputs.serviceBus : {}

module hostStorage 'modules/storage-host.bicep' = {
  name: 'storage-host'
  params: {
    name: 'rvhost${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    replication: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    encryption: storageEncryption
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module evidenceStorage 'modules/storage-evidence.bicep' = {
  name: 'storage-evidence'
  params: {
    name: 'rvevid${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    clientAddresses: clientAddresses
    containers: evidenceContainers
    immutableDays: auditImmutableDays
    replication: evidenceReplication
    locked: locked
    encryption: storageEncryption
    consoleOrigin: console.outputs.origin
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module records 'modules/cosmos.bicep' = {
  name: 'cosmos-records'
  params: {
    name: recordsAccount
    location: location
    tags: allTags
    place: network.outputs.place
    databaseName: cosmosDefinition.database
    backup: recordsBackup
    maximumThroughput: cosmosMaximumThroughput
    secondaryLocation: secondaryLocation
    zoneRedundant: zoneRedundant
    locked: locked
    encryption: cosmosEncryption
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyring 'modules/cosmos.bicep' = {
  name: 'cosmos-keyring'
  params: {
    name: keyringAccount
    location: location
    tags: allTags
    place: network.outputs.place
    databaseName: cosmosDefinition.database
    backup: 'Continuous7Days'
    maximumThroughput: cosmosMaximumThroughput == 0 ? 0 : 1000
    secondaryLocation: secondaryLocation
    zoneRedundant: zoneRedundant
    locked: locked
    encryption: cosmosEncryption
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

@batchSize(4)
module containers 'modules/cosmos-container.bicep' = [for container in cosmosDefinition.containers: {
  name: 'cosmos-container-${container.id}'
  params: {
    accountName: contains(keyringContainers, container.id) ? keyring.outputs.name : records.outputs.name
    databaseName: cosmosDefinition.database
    definition: container
  }
}]

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  params: {
    name: 'reeve-${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    sku: serviceBusSku
    queues: queues
    encryption: serviceBusEncryption
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module console 'modules/console.bicep' = {
  name: 'console'
  params: {
    name: 'reeve-${environmentName}-console'
    location: consoleLocation
    tags: allTags
    sku: consoleSku
  }
}

module mail 'modules/mail.bicep' = if (!empty(mailDataLocation)) {
  name: 'mail'
  params: {
    name: 'reeve-${environmentName}-${suffix}'
    tags: allTags
    dataLocation: mailDataLocation
    principalId: identity.outputs.principalId
  }
}

#disable-next-line BCP318
var mailEndpoint = empty(mailDataLocation) ? '' : mail.outputs.endpoint
#disable-next-line BCP318
var mailSender = empty(mailDataLocation) ? mailFrom : mail.outputs.from

// The same for both apps.
var appSettings = [
  { name: 'COSMOS_ENDPOINT', value: records.outputs.endpoint }
  { name: 'COSMOS_KEYRING_ENDPOINT', value: keyring.outputs.endpoint }
  { name: 'COSMOS_DATABASE', value: cosmosDefinition.database }
  { name: 'SERVICEBUS__fullyQualifiedNamespace', value: serviceBus.outputs.hostName }
  { name: 'EVIDENCE_STORAGE__blobServiceUri', value: evidenceStorage.outputs.blobEndpoint }
  { name: 'EVIDENCE_STORAGE__queueServiceUri', value: evidenceStorage.outputs.queueEndpoint }
  { name: 'MALWARE_SCAN', value: malwareScanCapGb > 0 ? 'true' : 'false' }
  { name: 'KEY_VAULT_URL', value: keyVault.outputs.uri }
  { name: 'OIDC_ISSUERS', value: oidcIssuers }
  { name: 'OIDC_AUDIENCE', value: oidcAudience }
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: monitoring.outputs.connectionString }
]

// What only the first one tells or sends.
var outwardSettings = [
  { name: 'SMTP_URL', value: smtpUrl }
  { name: 'ACS_ENDPOINT', value: mailEndpoint }
  { name: 'MAIL_FROM', value: mailSender }
  { name: 'CONSOLE_URL', value: console.outputs.origin }
  { name: 'PUBLIC_URL', value: publicUrl }
  { name: 'OPERATOR_NAME', value: operatorName }
  { name: 'OPERATOR_CONTACT', value: operatorContact }
]

var secondSettings = [for setting in items(second.settings): {
  name: setting.key
  value: setting.value
}]

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: 'reeve-${environmentName}-${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    serviceName: 'api'
    answersHttp: true
    clientAddresses: clientAddresses
    zoneRedundant: zoneRedundant
    identity: identity.outputs.identity
    scale: {
      alwaysReady: alwaysReady
      maximumInstances: maximumInstances
      instanceMemory: instanceMemory
      httpConcurrency: httpConcurrency
    }
    corsOrigins: [console.outputs.origin]
    hostStorage: hostStorage.outputs.endpoints
    deployments: hostStorage.outputs.endpoints.deployments
    appSettings: concat(appSettings, outwardSettings)
  }
  dependsOn: [containers]
}

// Works on videos, with packages that the first app does without: see second-app.json and docs/obscuring.md.
module secondApp 'modules/function-app.bicep' = {
  name: 'function-app-${second.name}'
  params: {
    name: 'reeve-${environmentName}-${second.name}-${suffix}'
    location: location
    tags: allTags
    place: network.outputs.place
    serviceName: second.name
    answersHttp: false
    clientAddresses: []
    zoneRedundant: zoneRedundant
    identity: identity.outputs.identity
    scale: {
      alwaysReady: { http: 0, alerts: 0 }
      maximumInstances: 40
      instanceMemory: secondInstanceMemory
      httpConcurrency: 1
    }
    corsOrigins: []
    hostStorage: hostStorage.outputs.endpoints
    deployments: hostStorage.outputs.endpoints.secondDeployments
    appSettings: concat(appSettings, secondSettings)
  }
  dependsOn: [containers]
}

module malwareScan 'modules/malware-scan.bicep' = if (malwareScanCapGb > 0) {
  name: 'malware-scan'
  params: {
    name: 'reeve-${environmentName}-scans'
    location: location
    tags: allTags
    evidenceStorageName: evidenceStorage.outputs.name
    capGbPerMonth: malwareScanCapGb
  }
}

module eventGrid 'modules/event-grid.bicep' = {
  name: 'event-grid'
  params: {
    name: 'reeve-${environmentName}-evidence'
    location: location
    tags: allTags
    evidenceStorageName: evidenceStorage.outputs.name
    hostStorageName: hostStorage.outputs.name
    deadEventsContainer: hostStorage.outputs.deadEventsContainer
    workspaceId: monitoring.outputs.workspaceId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: 'reeve-${environmentName}'
    location: location
    tags: allTags
    emails: alertEmails
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.id
    cosmosIds: [records.outputs.id, keyring.outputs.id]
    keyVaultId: keyVault.outputs.id
    systemTopicId: eventGrid.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  params: {
    name: 'reeve-${environmentName}'
    amount: budgetAmount
    startDate: budgetStart
    emails: alertEmails
  }
}

output functionAppName string = functionApp.outputs.name
output functionAppUrl string = functionApp.outputs.url
output secondAppName string = secondApp.outputs.name
output consoleName string = console.outputs.name
output consoleUrl string = console.outputs.origin
output systemTopicName string = eventGrid.outputs.name
output scanTopicName string = malwareScanCapGb > 0 ? malwareScan!.outputs.topicName : ''
output hostStorageName string = hostStorage.outputs.name
output evidenceStorageName string = evidenceStorage.outputs.name
output deadEventsContainer string = hostStorage.outputs.deadEventsContainer
output recordsAccountName string = records.outputs.name
output keyringAccountName string = keyring.outputs.name
output keyVaultName string = keyVault.outputs.name
