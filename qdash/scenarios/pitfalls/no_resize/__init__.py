"""No queue of asyncio can be resized."""
