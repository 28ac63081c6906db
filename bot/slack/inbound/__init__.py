"""Slack's payloads come in here, over Socket Mode or HTTP, and go to the handlers once."""
