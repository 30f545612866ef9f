"""The diffusion engine at its real size, with random weights made where they compute."""
