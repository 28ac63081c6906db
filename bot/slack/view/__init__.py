"""Cards as Slack's blocks and modals."""
