"""The paper's ablation at a small size, trained from nothing on drawn pictures."""
