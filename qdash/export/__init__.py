"""Take it home: what is on the screen, as a plain asyncio program of its own.

The program needs Python and nothing else. It has the scenario's own code and comments, the same
workers, names, settings, random draws and timing, and prints what happens as it happens.
"""

from qdash.export.errors import ExportError
from qdash.export.files import save, write
from qdash.export.program import program

__all__ = ["ExportError", "program", "save", "write"]
