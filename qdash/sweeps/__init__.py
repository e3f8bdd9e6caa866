"""Sweeps: many runs of one scenario, over its settings and seeds, on many processors at once."""
