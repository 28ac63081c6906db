"""Research: what to look up, where, how safely, and what of it grounds the picture."""
