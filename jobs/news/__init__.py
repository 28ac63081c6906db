"""The news desk: when a story is due, which one it is, what becomes of it."""
