"""Documents for people: what leaves Reeve on paper. Knows nothing of what stands in them."""
