"""A Service Bus stand-in: AMQP 1.0 for the official SDKs, messages in SQLite, the official emulator's configuration.

``connection`` speaks AMQP, ``links``, ``settlement``, ``management`` and ``claims`` are what a connection can ask for,
``broker`` is what all connections share, ``store`` keeps the messages, ``entities`` and ``rules`` say where they go.
"""
