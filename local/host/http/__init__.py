"""HTTP triggers: routes, keys, and what becomes of a request on its way to a function and back."""
