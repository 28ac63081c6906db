"""Cards as Discord's components and markdown."""
