"""The built-in functions of the query language, one module a kind. Source: Microsoft Learn, "System functions"."""
