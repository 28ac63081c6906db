"""Profiles: the exact dialect of each agent's weights, as data, one file each."""
