"""A maxsize of 0 is no limit."""
