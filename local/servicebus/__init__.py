"""A Service Bus stand-in: AMQP 1.0 for the official SDKs, messages in SQLite, the official emulator's configuration."""
