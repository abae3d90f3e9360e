// What wakes somebody up, and only that: each rule here says what is broken for whom, and docs/operations/alerts.md says
// what to do about it.
param name string
param location string
param tags object
param emails array
param workspaceId string
param serviceBusId string

@description('The accounts of the records and of the keyring')
param cosmosIds array

param keyVaultId string
param systemTopicId string

var receivers = [for (email, i) in emails: {
  name: 'email-${i}'
  emailAddress: email
  useCommonAlertSchema: true
}]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'reeve'
    enabled: true
    emailReceivers: receivers
  }
}

// -- what the platform counts --------------------------------------------------------------------------------------------

var metricRules = [
  {
    name: 'dead-letters'
    says: 'Somebody was not warned: a message failed ten times, or waited longer than it may.'
    severity: 1
    resourceId: serviceBusId
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    over: 0
    dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
  }
  {
    name: 'messages-pile-up'
    says: 'Warnings come late: messages arrive faster than they are handled.'
    severity: 2
    resourceId: serviceBusId
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    over: 500
    dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
  }
  {
    name: 'broker-throttles'
    says: 'Service Bus turns requests away; the outbox relay sends them later.'
    severity: 2
    resourceId: serviceBusId
    metric: 'ThrottledRequests'
    aggregation: 'Total'
    over: 10
    dimensions: []
  }
  {
    name: 'records-throttled'
    says: 'Cosmos DB turns requests on the records away: users see 429.'
    severity: 2
    resourceId: cosmosIds[0]
    metric: 'TotalRequests'
    aggregation: 'Count'
    over: 20
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
  }
  {
    name: 'keyring-throttled'
    says: 'Cosmos DB turns requests on the keyring away: nothing can be sealed or opened.'
    severity: 1
    resourceId: cosmosIds[1]
    metric: 'TotalRequests'
    aggregation: 'Count'
    over: 20
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
  }
  {
    name: 'uploads-undelivered'
    says: 'Evidence was uploaded and nobody looked at it: the event could not be delivered for a day.'
    severity: 1
    resourceId: systemTopicId
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
    over: 0
    dimensions: []
  }
  {
    name: 'uploads-delivered-late'
    says: 'The blob trigger refuses events, for example after its key has changed: run scripts/deploy_event_subscription.sh.'
    severity: 2
    resourceId: systemTopicId
    metric: 'DeliveryAttemptFailCount'
    aggregation: 'Total'
    over: 20
    dimensions: []
  }
  {
    name: 'key-vault-throttles'
    says: 'The vault turns requests away: roots that are not cached cannot be read.'
    severity: 1
    resourceId: keyVaultId
    metric: 'ServiceApiResult'
    aggregation: 'Count'
    over: 5
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429', '503'] }]
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [for rule in metricRules: {
  name: '${name}-${rule.name}'
  location: 'global'
  tags: tags
  properties: {
    description: rule.says
    severity: rule.severity
    enabled: true
    scopes: [rule.resourceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: rule.metric
          criterionType: 'StaticThresholdCriterion'
          metricName: rule.metric
          operator: 'GreaterThan'
          threshold: rule.over
          timeAggregation: rule.aggregation
          dimensions: rule.dimensions
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}]

// -- what the app's own telemetry says -----------------------------------------------------------------------------------

// A function that was not called over HTTP has no address.
var failedInBackground = '''
AppRequests
| where Success == false and isempty(Url)
| summarize Failures = count() by Function = OperationName
| where Failures >= 2
'''

// Every timer of the app, and the minutes after which its silence means that it does not run any more.
var silentTimers = '''
let Expected = datatable(Function: string, Minutes: int) [
    'alerts_gather', 15,
    'alerts_relay_deliveries', 15,
    'audit_dispose', 150,
    'audit_seal', 20,
    'breaches_remind', 40,
    'bundles_expire', 150,
    'complaints_remind', 150,
    'evidence_sweep', 40,
    'insights_week', 150,
    'keys_birthdays', 150,
    'keys_rotation', 20,
    'plates_expire', 15,
    'plates_forget_waiting', 150,
    'plates_silence', 150,
    'retention_sweep', 20,
    'rights_forget', 150,
    'rights_remind', 150,
    'saved_searches_expire', 150,
    'system_relay_outbox', 10,
    'transparency_count', 150
];
let Ran = AppRequests
| where TimeGenerated > ago(4h) and Success == true and isempty(Url)
| summarize Last = max(TimeGenerated) by Function = OperationName;
Expected
| join kind=leftouter Ran on Function
| where isnull(Last) or Last < now() - Minutes * 1m
| project Function, Last
'''

// A camera's id is in the address it posts to; its secret, in the query, is not logged by the host.
var silentCameras = '''
AppRequests
| where TimeGenerated > ago(2d) and OperationName == 'plates_post' and Success == true
| extend Device = extract('/plates/([0-9a-fA-F-]{36})', 1, Url)
| where isnotempty(Device)
| summarize Last = max(TimeGenerated) by Device
| where Last < ago(6h)
'''

var auditNotSealed = '''
AppTraces
| where (Message has 'audit log of' and (Message has 'tampered' or Message has 'could not be continued'))
| summarize Times = count() by Message
'''

var overdue = '''
AppTraces
| where Message has 'overdue' or Message has 'could not be disposed of'
| summarize Times = count() by Message
'''

var serverErrors = '''
AppRequests
| where isnotempty(Url)
| summarize Requests = count(), Failed = countif(toint(ResultCode) >= 500)
| where Failed > 10 and Failed * 50 > Requests
'''

var logRules = [
  {
    name: 'failed-in-background'
    says: 'A timer, queue or blob function failed more than once within a quarter of an hour.'
    severity: 2
    query: failedInBackground
    every: 'PT5M'
    looksBack: 'PT15M'
  }
  {
    name: 'silent-timers'
    says: 'A timer has stopped: nothing is relayed, sealed or forgotten any more.'
    severity: 1
    query: silentTimers
    every: 'PT10M'
    looksBack: 'PT4H'
  }
  {
    name: 'silent-cameras'
    says: 'A camera that reported within two days has said nothing for six hours.'
    severity: 3
    query: silentCameras
    every: 'PT1H'
    looksBack: 'P2D'
  }
  {
    name: 'audit-not-sealed'
    says: 'The audit log of an organisation was tampered with or could not be continued.'
    severity: 0
    query: auditNotSealed
    every: 'PT5M'
    looksBack: 'PT15M'
  }
  {
    name: 'deadline-overdue'
    says: 'Something that had to be done by now is not: a disposal that failed, or a deadline that has passed.'
    severity: 1
    query: overdue
    every: 'PT15M'
    looksBack: 'PT30M'
  }
  {
    name: 'server-errors'
    says: 'More than one request in fifty fails for reasons of ours.'
    severity: 1
    query: serverErrors
    every: 'PT5M'
    looksBack: 'PT15M'
  }
]

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2025-01-01-preview' = [for rule in logRules: {
  name: '${name}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.name
    description: rule.says
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: rule.every
    windowSize: rule.looksBack
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    // The tables appear with the first telemetry, which may be after this rule.
    skipQueryValidation: true
    actions: { actionGroups: [people.id] }
  }
}]
