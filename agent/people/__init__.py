"""People's names in texts, in any case and script."""

from agent.people.recogniser import PersonName, find_people

__all__ = ["PersonName", "find_people"]
