"""A collector for OpenTelemetry (OTLP over HTTP, protobuf): keeps what the app tells of itself, and shows traces."""
