"""The lessons and demos that ship, as scripts."""
