"""Jobs that a linked channel shows too."""
