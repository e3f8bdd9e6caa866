"""One sentinel for several consumers."""
