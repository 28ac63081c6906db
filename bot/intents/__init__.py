"""Reading what people write: who is meant, what is wanted, and which picture."""
