"""Experiments as figures: what is varied, what is measured, and how sure that is. Runs nothing."""
