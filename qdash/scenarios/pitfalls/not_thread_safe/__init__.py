"""A put_nowait() from another thread."""
