"""Azure Cosmos DB for NoSQL on a laptop: the gateway's protocol over plain HTTP, the data in one SQLite file.

For the unmodified SDKs, and never kinder than the service where that is known: what fails in Azure should fail here.
Left out: users and permissions, stored procedures, triggers, user-defined functions, conflicts, partition splits.
"""
