"""Shared by all kinds of jobs: the event log, recipes, tasks and views."""
