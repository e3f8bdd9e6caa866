"""A task_done() for a get() that never succeeded."""
