"""What outlives its own errors: a handler that fails is told on the screen, and all goes on."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump

from qdash.tui.messages import PartFailed

_VITAL: Final = (events.Load, events.Compose, events.Mount, events.Unmount)
"""Without these there is no part: an error in them is for whoever opens or closes it."""


class Lasting(MessagePump):
    """Hears messages - keys, clicks, what parts tell each other - and outlives an error in that.

    Textual would end the whole app, and with it the lab that a person is in the midst of.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if isinstance(message, _VITAL):
                raise
            self.outlive(error)

    def outlive(self, error: Exception) -> None:
        """Have it told that an error came to this part."""
        name = getattr(self, "id", None) or (
            "app" if isinstance(self, App) else type(self).__name__
        )
        self.app.post_message(PartFailed(name, error))
