"""The diffusion engine: Qwen-Image-Layered with layer semantic embeddings and a LoRA."""
