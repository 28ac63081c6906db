"""What Limner does, as durable workflows."""
