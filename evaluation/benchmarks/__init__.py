"""The benchmarks: one file each reads the user's download, writes upstream's files and scores."""
