"""Provenance of pictures: content credentials, an invisible watermark, and look-up."""
