"""Entries of one rank, whose rest cannot be compared."""
