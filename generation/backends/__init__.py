"""One module per way of rendering; heavy libraries are imported only in here, and lazily."""
