"""The supervisor of the local stack: starts, watches and stops every stand-in and the functions host."""
