"""Rows, repositories, blobs, the library and the caches, on SQLite or Postgres."""
