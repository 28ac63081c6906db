"""What Limner asks of Discord: messages, uploads, permissions, private answers."""
