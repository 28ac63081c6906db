"""The newsroom: finds stories, checks them in more than one source, and puts them into words."""
