"""Evidence: uploads are examined, stripped of what they give away, sealed, and shown to those who may see them."""
