"""A putter that is woken and finds its slot taken."""
