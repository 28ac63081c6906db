"""The work of Limner, as durable workflows."""
