"""The client side of Slack's Web API: messages, uploads, members, tokens, at Slack's pace."""
