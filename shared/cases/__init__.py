"""Cases: what belongs together for an investigation or a court, and the bundles that are handed over from them."""
