"""Slack's payloads, read strictly into values before anything else sees them."""
