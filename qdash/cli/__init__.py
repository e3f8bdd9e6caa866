"""The command line: parses, calls, prints.

Wrong input is one line on standard error that says what is allowed, and exit status 2.
"""

from qdash.cli.entry import cli, main

__all__ = ["cli", "main"]
