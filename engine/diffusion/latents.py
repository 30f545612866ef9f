"""Between pixels, the VAE's latents, and the transformer's tokens.

The VAE takes straight alpha, and sees the colour under alpha 0. What the base model was trained
with there is not published; its layers come from PSD files, whose usual reader gives white. So it
is white here, in training and in decomposing (`to_vae`), and 0 in what is given back (`cleaned`).
"""

from __future__ import annotations

import numpy as np
import torch
from diffusers import AutoencoderKLQwenImage
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

WHITE = 1.0
"""Colour under alpha 0, as the VAE sees it."""
LEAST_ALPHA = 4 / 255
"""Decoded alpha below this is taken for 0: nobody sees it, and it would veil the whole canvas."""
PATCH = 2
"""Side of the square of latents that a token holds."""


def to_vae(picture: NDArray[np.float32]) -> Tensor:
    """(h, w, 4) straight alpha in 0 to 1 -> (1, 4, 1, h, w) in -1 to 1, a film of one frame."""
    unseen = picture[..., 3:] == 0
    colour = np.where(unseen, np.float32(WHITE), picture[..., :3])
    seen = np.concatenate([colour, picture[..., 3:]], axis=2)
    return torch.from_numpy(seen).permute(2, 0, 1)[None, :, None] * 2 - 1


def cleaned(decoded: Tensor) -> NDArray[np.float32]:
    """(1, 4, 1, h, w) as the VAE decodes -> (h, w, 4) straight alpha in 0 to 1.

    The decoder oversteps its range, and where a layer is empty its alpha is small but not 0.
    """
    picture = (decoded[0, :, 0].float().clamp(-1, 1) / 2 + 0.5).permute(1, 2, 0).cpu().numpy()
    picture[picture[..., 3] < LEAST_ALPHA] = 0
    return np.ascontiguousarray(picture)


def encode(vae: AutoencoderKLQwenImage, picture: Tensor) -> Tensor:
    """(1, 4, 1, h, w) pixels -> (1, z, h/8, w/8) latents, normalized, without the VAE's noise."""
    mean, deviation = _statistics(vae)
    # `vae.encode` keeps what the next frame of a film would need: a few GB, and there is none.
    moments: Tensor = vae.quant_conv(vae.encoder(picture.to(vae.device, vae.dtype)))
    return (moments.chunk(2, dim=1)[0][:, :, 0].float() - mean) / deviation


def decode(vae: AutoencoderKLQwenImage, latents: Tensor) -> Tensor:
    """(1, z, h/8, w/8) normalized latents -> (1, 4, 1, h, w) pixels, about -1 to 1."""
    mean, deviation = _statistics(vae)
    restored = (latents.to(vae.device).float() * deviation + mean).to(vae.dtype)
    # As in `encode`: at 768 x 1152 `vae.decode` takes 5.7 GiB, and this 2.2.
    pixels: Tensor = vae.decoder(vae.post_quant_conv(restored[:, :, None]))
    return pixels


def _statistics(vae: AutoencoderKLQwenImage) -> tuple[Tensor, Tensor]:
    """The latents' mean and standard deviation, each (1, z, 1, 1)."""
    mean, deviation = (
        torch.tensor(vae.config[name], device=vae.device).view(1, -1, 1, 1)
        for name in ("latents_mean", "latents_std")
    )
    return mean, deviation


def pack(latents: Tensor) -> Tensor:
    """(F, z, h, w) latents of F frames -> (1, F * h/2 * w/2, 4 z) tokens, frame by frame."""
    tokens = pixel_unshuffle(latents, PATCH)
    return tokens.flatten(2).transpose(1, 2).flatten(0, 1)[None]


def unpack(tokens: Tensor, rows: int, columns: int) -> Tensor:
    """(1, F * rows * columns, 4 z) tokens -> (F, z, 2 rows, 2 columns) latents."""
    frames = tokens.reshape(-1, rows, columns, tokens.shape[2]).permute(0, 3, 1, 2)
    return pixel_shuffle(frames, PATCH)
