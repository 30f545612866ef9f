"""Cases with known layers, from published vector art and from characters of our own."""
