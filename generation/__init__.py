"""Generators: what each can do, its backends, recipes and the worker that renders."""
