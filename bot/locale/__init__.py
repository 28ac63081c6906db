"""The words of commands, buttons and forms in each language."""
