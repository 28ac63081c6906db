"""What may be drawn and who may do what: rules, verdicts, admission and permissions."""
