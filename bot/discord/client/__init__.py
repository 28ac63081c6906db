"""The client side of Discord: messages, uploads, permissions, private answers."""
