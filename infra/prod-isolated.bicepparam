// Production for those who must own every path and every key: private endpoints, encryption at rest under keys of our
// own, Service Bus Premium (which alone allows both), zones everywhere, a second region for the database.
using 'main.bicep'

var clients = readEnvironmentVariable('REEVE_CLIENT_ADDRESSES', '')

param environmentName = 'isolated'
param oidcIssuers = readEnvironmentVariable('REEVE_OIDC_ISSUERS')
param alertEmails = split(readEnvironmentVariable('REEVE_ALERT_EMAILS'), ' ')

param reach = 'private'
param clientAddresses = empty(clients) ? [] : split(clients, ' ')
param zoneRedundant = true
param customerManagedKeys = true
param locked = true
param serviceBusSku = 'Premium'
param cosmosMaximumThroughput = 10000
param secondaryLocation = readEnvironmentVariable('REEVE_SECONDARY_LOCATION')
param recordsBackup = 'Continuous30Days'
param evidenceReplication = 'Standard_GZRS'
param auditImmutableDays = 730
param vaultSoftDeleteDays = 90
param alwaysReady = {
  http: 2
  alerts: 2
}
param maximumInstances = 200
param instanceMemory = 4096
param httpConcurrency = 32
param logRetentionDays = 365
param logDailyCapGb = -1
param consoleSku = 'Standard'
param budgetAmount = 2500
