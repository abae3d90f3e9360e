"""Warnings that leave the app: to systems of an organisation, and to people's mailboxes and browsers."""
