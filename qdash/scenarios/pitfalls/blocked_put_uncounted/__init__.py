"""A blocked put() that join() does not count."""
