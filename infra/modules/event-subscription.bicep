// Wakes the blob trigger when an upload is complete. Deployed on its own, after the code, by
// scripts/deploy_event_subscription.sh: the platform makes the trigger's address only when it has loaded the function.
param topicName string
param hostStorageName string
param deadEventsContainer string

@description('The address of the blob trigger, with the key that the platform made for it')
@secure()
param endpoint string

@description('The topic of the malware scanner, if there is one')
param scanTopicName string = ''

@description('The function that takes its verdicts')
param verdictFunctionId string = ''

resource scans 'Microsoft.EventGrid/topics@2025-02-15' existing = if (!empty(scanTopicName)) {
  name: scanTopicName
}

resource verdicts 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = if (!empty(scanTopicName)) {
  parent: scans
  name: 'verdicts'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: { resourceId: verdictFunctionId, maxEventsPerBatch: 1 }
    }
    eventDeliverySchema: 'EventGridSchema'
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource uploads 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'uploads'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: endpoint
        maxEventsPerBatch: 1
        minimumTlsVersionAllowed: '1.2'
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/uploads/'
      enableAdvancedFilteringOnArrays: true
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: hostStorage.id
          blobContainerName: deadEventsContainer
        }
      }
    }
  }
}
