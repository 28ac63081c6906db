"""Commands: what can be asked on any platform; each answer is a card."""
