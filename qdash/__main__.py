"""``python -m qdash``: the command line."""

import sys

from qdash.cli import main

sys.exit(main())
