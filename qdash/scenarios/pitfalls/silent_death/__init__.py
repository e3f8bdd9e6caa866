"""A consumer that dies without a word, and everything stands still."""
