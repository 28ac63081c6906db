"""The workflow engine: DBOS, which tasks a process claims, and what keeps them alive."""
