"""The screen: it draws what is known and sends intents up. It never runs anything itself."""
