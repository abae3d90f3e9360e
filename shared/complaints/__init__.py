"""Complaints of people, and requests of third parties: taken in for the controller, who alone answers them."""
