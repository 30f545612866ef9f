"""Training: from pictures whose layers are known to the weights that the engines ship."""
