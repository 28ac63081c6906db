"""The values and errors that every other package speaks in; standard library only."""
