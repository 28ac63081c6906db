"""Handlers of Slack's events: slash commands, buttons, forms, mentions, App Home."""
