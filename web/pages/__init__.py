"""Pages on the web: evidence, gallery, feeds and verification."""
