"""Training data: read, filtered, split and written."""
