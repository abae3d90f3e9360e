"""The triggers: one blueprint a capability; a handler is a few lines that call a service."""
