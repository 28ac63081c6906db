"""Scores with intervals, comparisons, and the report as Markdown and as a page."""
