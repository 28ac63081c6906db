"""What surfaces call: jobs, teams, queries and choices."""
