"""From pictures whose layers are known to the weights of the builtin engine's judges."""
