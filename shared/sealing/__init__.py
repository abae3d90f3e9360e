"""Personal data is sealed before it reaches a store: key hierarchy, sealed fields, blind index tokens."""
