"""A consumer that is cancelled with an item in its hands."""
