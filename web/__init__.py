"""The HTTP server of a process: what surfaces serve on it, and whether the process is well."""
