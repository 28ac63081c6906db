"""The part of APScheduler that Limner uses; the library brings no types."""
