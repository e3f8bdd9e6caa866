"""The programs of demos, beside the five uses."""
