"""Cosmos DB containers, evidence blobs and the outbox: the only importers of azure.cosmos and azure.storage."""
