"""A shutdown(immediate=True) with items in hand."""
