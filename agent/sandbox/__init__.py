"""Worker processes with limits, in which everything that strangers sent is parsed and decoded."""
