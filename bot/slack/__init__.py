"""Slack as a chat surface: Bolt's events become commands, and cards become blocks."""
