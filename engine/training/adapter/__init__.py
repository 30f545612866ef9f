"""Training an adapter: a LoRA and layer semantic embeddings on the frozen base model."""
