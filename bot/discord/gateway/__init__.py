"""The connection to Discord: events come in here and go to the handlers."""
