"""The life of a job's message, the same on every platform: one message, edited to its end."""
