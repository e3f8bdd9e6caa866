"""See an asyncio queue: real producers, a real bounded queue and consumers, on virtual time."""

__version__ = "0.1.0"
