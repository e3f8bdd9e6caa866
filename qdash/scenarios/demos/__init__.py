"""The programs of lessons and demos, beside the five uses."""
