"""A task_done() that is skipped, and join() waits for ever."""
