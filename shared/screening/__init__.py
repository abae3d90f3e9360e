"""What free text may not say about people: protected attributes, and words that suggest a minor."""
