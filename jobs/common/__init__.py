"""What all kinds of jobs share: their event log, recipes, tasks and views."""
