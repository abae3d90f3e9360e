"""Warning the right people, once each."""
