"""Layer Semantic Embedding: the tokens are told which layer they belong to.

Section 4.1 of the paper. It speaks of "packed latent tokens", which have 64 channels, and of C as
"the hidden dimension of the transformer", which is 3072; so the rows are added where tokens have C
channels, after the transformer's first linear map (`img_in`). Added before, they would be a special
case of it: W (x + e) = W x + W e.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import QwenImageTransformer2DModel
from torch import Tensor, nn
from torch.nn.functional import pad

from engine.diffusion.frames import FRAME_ORDER, FrameLayout

STANDARD_DEVIATION = 0.02
"""Of the rows before training: section 4.1 initializes them from N(0, 0.02^2)."""


class LayerSemanticEmbedding(nn.Module):
    """E of eq. 4, four rows of C numbers in `FRAME_ORDER`, kept in float32."""

    def __init__(self, weight: Tensor, layout: FrameLayout) -> None:
        """Take (4, C) numbers for the rows; `layout` says which frames they are added to."""
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone().float())
        self.layout = layout

    @classmethod
    def untrained(cls, channels: int, layout: FrameLayout) -> LayerSemanticEmbedding:
        """Random rows as training begins with."""
        return cls(STANDARD_DEVIATION * torch.randn(len(FRAME_ORDER), channels), layout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Eq. 4: x[:, I_i, :] + e_i for each layer's segment I_i; the other frames as they are.

        Args:
            tokens: (B, T, C), the targets' frames and then the condition's, all of one length.
        """
        rows = pad(self.weight, (0, 0, self.layout.first_layer, 1)).to(tokens.dtype)
        frames = tokens.reshape(len(tokens), len(rows), -1, tokens.shape[2])
        return (frames + rows[:, None]).flatten(1, 2)

    def attach(self, transformer: QwenImageTransformer2DModel) -> None:
        """Become a part of a transformer, which moves and runs it from now on."""

        def embed(module: nn.Module, inputs: Any, tokens: Tensor) -> Tensor:
            embedded: Tensor = self(tokens)
            return embedded

        transformer.add_module("layer_semantic_embedding", self)
        transformer.img_in.register_forward_hook(embed)
