"""Running a benchmark through the product: conditions, records, resuming, progress."""
