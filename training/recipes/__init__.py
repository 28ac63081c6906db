"""Configurations for other projects' trainers, written from our data."""
