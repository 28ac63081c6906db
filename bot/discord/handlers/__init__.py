"""Handlers of Discord's events: slash commands, buttons, forms, replies in threads."""
