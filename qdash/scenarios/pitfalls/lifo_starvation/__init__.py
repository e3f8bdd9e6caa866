"""Last in, first out: the oldest is never served."""
