"""The terminal as a chat surface: it draws cards with rich and delivers pictures as files."""
