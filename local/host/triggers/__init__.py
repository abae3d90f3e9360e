"""What starts functions besides HTTP: blobs, queues, Service Bus, timers, the change feed of Cosmos DB, Event Grid."""
