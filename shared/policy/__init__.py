"""Who may do what, and what may be seen of a record: rules in Cedar, visibility in TOML, one decision."""
