"""One module per image service: its spec, and how it is spoken to over HTTP."""
