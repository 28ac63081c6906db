"""A small picture of what a run has so far, decoded by the model's own autoencoder."""

from __future__ import annotations

import io
from typing import Any

import torch
from PIL import Image

SIDE = 32
"""Side of the shrunken latents; the preview is eight times as large."""


@torch.no_grad()  # type: ignore[untyped-decorator,unused-ignore]
def previewed(pipe: Any, latents: Any, *, width: int, height: int) -> bytes | None:
    """A JPEG of at most 256 × 256 pixels of the first picture; None where the latents are in a form
    that is not known here.

    ``latents`` are ``(batch, channels, h, w)``, ``(batch, channels, 1, h, w)``, or packed as
    ``(batch, patches, channels)`` where the pipeline can unpack them.
    """
    if latents.ndim == 3:
        if not hasattr(pipe, "_unpack_latents"):
            return None
        unpack = pipe._unpack_latents  # noqa: SLF001 - there is no public way
        latents = unpack(latents[:1], height, width, pipe.vae_scale_factor)
    if latents.ndim not in (4, 5) or latents.shape[1] != _channels(pipe.vae.config, latents):
        return None
    still = latents[:1, :, 0] if latents.ndim == 5 else latents[:1]
    share = min(1.0, SIDE / max(still.shape[-2:]))
    size = [max(1, round(side * share)) for side in still.shape[-2:]]
    small = torch.nn.functional.interpolate(still, size=size, mode="area")
    pixels = _decoded(pipe.vae, small[:, :, None] if latents.ndim == 5 else small)
    out = io.BytesIO()
    on_white(Image.fromarray(pixels.numpy())).save(out, "JPEG", quality=70)
    return out.getvalue()


def on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency: what shows through is white."""
    if image.mode == "RGB":
        return image
    shown = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(shown, mask=shown.getchannel("A"))
    return ground


def _channels(config: Any, latents: Any) -> int:
    """The number of channels that the autoencoder decodes; some models fold more into theirs."""
    known: Any = getattr(config, "latent_channels", None) or getattr(config, "z_dim", None)
    return int(known or latents.shape[1])


def _decoded(vae: Any, latents: Any) -> Any:
    """Pixels ``(height, width, 3) uint8``."""
    config = vae.config
    latents = latents.to(vae.dtype)
    if getattr(config, "latents_mean", None) is not None:
        shape = (1, -1, *([1] * (latents.ndim - 2)))
        mean, std = (
            torch.tensor(values, dtype=latents.dtype, device=latents.device).view(shape)
            for values in (config.latents_mean, config.latents_std)
        )
        latents = latents * std + mean
    else:
        latents = latents / config.scaling_factor + (getattr(config, "shift_factor", None) or 0)
    pixels = vae.decode(latents, return_dict=False)[0]
    pixels = pixels[0, :, 0] if pixels.ndim == 5 else pixels[0]
    return ((pixels.float().clamp(-1, 1) + 1) * 127.5).permute(1, 2, 0).to(torch.uint8).cpu()
