// For trying things out: sleeps when nobody calls, costs next to nothing, and has no secrets worth stealing.
using 'main.bicep'

param environmentName = 'dev'
param oidcIssuers = readEnvironmentVariable('REEVE_OIDC_ISSUERS')
param alertEmails = split(readEnvironmentVariable('REEVE_ALERT_EMAILS'), ' ')

param reach = 'public'
param cosmosMaximumThroughput = 0
param recordsBackup = 'Continuous7Days'
param evidenceReplication = 'Standard_LRS'
param auditImmutableDays = 1
param vaultSoftDeleteDays = 7
param alwaysReady = {
  http: 0
  alerts: 0
}
param logRetentionDays = 30
param logDailyCapGb = 1
param consoleSku = 'Free'
param budgetAmount = 50
