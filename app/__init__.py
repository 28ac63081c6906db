"""Settings, wiring and the command line; the only package that names concrete classes."""
