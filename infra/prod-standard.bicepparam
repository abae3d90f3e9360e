// Production at a sensible price: the app reaches its stores from its own subnet where that costs nothing, identity
// guards the rest. One instance each for HTTP and alerts never sleeps, so that nobody waits for a cold start.
using 'main.bicep'

param environmentName = 'prod'
param oidcIssuers = readEnvironmentVariable('REEVE_OIDC_ISSUERS')
param alertEmails = split(readEnvironmentVariable('REEVE_ALERT_EMAILS'), ' ')

param reach = 'subnet'
param locked = true
param serviceBusSku = 'Standard'
param cosmosMaximumThroughput = 4000
param recordsBackup = 'Continuous30Days'
param evidenceReplication = 'Standard_GZRS'
param auditImmutableDays = 730
param vaultSoftDeleteDays = 90
param alwaysReady = {
  http: 1
  alerts: 1
}
param maximumInstances = 100
param logRetentionDays = 90
param logDailyCapGb = 5
param consoleSku = 'Standard'
param budgetAmount = 400
