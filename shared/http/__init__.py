"""The door: how every HTTP function is declared, checked, answered and described."""
