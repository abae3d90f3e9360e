"""Which reports may belong together: suggestions with reasons, about reports and never about people."""
