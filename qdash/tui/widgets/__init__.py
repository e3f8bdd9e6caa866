"""The widgets: each draws one part of what is known."""
