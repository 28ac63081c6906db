"""Services that surfaces call: jobs, teams, queries and choices."""
