"""Bounded queues in a circle."""
