"""Training: the judges of the builtin engine (`kinship`), the adapters of the diffusion engine."""
