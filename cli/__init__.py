"""The ./reeve command: demo data, the demo story, tokens. Nothing imports it."""
