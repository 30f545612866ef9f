"""Layer indices of the rotary position embedding where the composite frame is left out."""

from __future__ import annotations

from math import prod

from diffusers import QwenImageTransformer2DModel
from torch import Tensor, device, nn

from engine.diffusion.frames import FrameLayout


class KeptLayerIndices(nn.Module):
    """Numbers the layers 1 to 4 as the base model learned them, though no frame 0 is there.

    The base model's Layer3D RoPE (section 3) numbers frames by their place, and the last, the
    condition, -1. So it is asked for one frame more, and that frame's angles are dropped.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base

    def forward(
        self,
        video_fhw: list[list[tuple[int, int, int]]],
        max_txt_seq_len: int,
        device: device | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Angles of the image's and the text's tokens, as the base's own module gives them."""
        frames = video_fhw[0]
        image, text = self.base([[frames[0], *frames]], max_txt_seq_len, device=device)
        return image[prod(frames[0]) :], text


def keep_layer_indices(transformer: QwenImageTransformer2DModel, layout: FrameLayout) -> None:
    """Have a transformer number a layout's layers as the base model does."""
    own = transformer.pos_embed
    base = own.base if isinstance(own, KeptLayerIndices) else own
    transformer.pos_embed = KeptLayerIndices(base) if layout is FrameLayout.LAYERS else base
