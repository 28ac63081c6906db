"""Chat surfaces: commands and cards that know no platform, and the platforms that show them."""
