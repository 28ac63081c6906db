"""Which language a text is in, and its words without disguise."""
