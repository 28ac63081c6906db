"""The repositories of one workspace: its id is part of every query, and no method takes it."""
