"""Content policy and permissions: rules, verdicts, admission and access."""
