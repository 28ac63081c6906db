"""Judging the pictures of a run with vision models."""
