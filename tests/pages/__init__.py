"""Pages in a real browser: `make test-pages`."""
