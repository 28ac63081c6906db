"""Discord as a chat surface: events become commands, and cards become Discord's components."""
