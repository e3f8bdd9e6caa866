"""A queue in two loops."""
