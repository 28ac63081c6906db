"""Slack's payloads, validated into values before any other code reads them."""
