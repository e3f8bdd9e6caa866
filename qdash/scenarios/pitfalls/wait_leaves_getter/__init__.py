"""A get() that outlives the wait for it, and takes the next item."""
