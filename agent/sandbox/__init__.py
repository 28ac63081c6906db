"""Worker processes with limits, in which all untrusted data is parsed and decoded."""
