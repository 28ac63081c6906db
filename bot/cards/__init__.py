"""Cards: what is shown, as plain values for any platform, and how they are built from jobs."""
