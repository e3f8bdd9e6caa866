"""A cancellation that meets the delivery of an item."""
