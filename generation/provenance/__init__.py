"""Where a picture comes from: content credentials, an invisible watermark, and look-up."""
