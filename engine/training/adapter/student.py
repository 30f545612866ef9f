"""The student: a base model's transformer in training, and which of its numbers are trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import QwenImageTransformer2DModel
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.diffusion.adapter import VERSION, Adapter, AdapterInfo, read_adapter, write_adapter
from engine.diffusion.embedding import LayerSemanticEmbedding
from engine.diffusion.rope import keep_layer_indices
from engine.diffusion.weights import WEIGHTS_FILE
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe, RecipeUnusable

LORA = "layers"
"""Name of the LoRA within the transformer, as `engine.diffusion.adapter.attach` gives it."""
EMBEDDING = "layer_semantic_embedding."
"""How the names of the embeddings within the transformer begin."""
ADAPTER, TRANSFORMER = "adapter.safetensors", "transformer"
"""What a saved student lies in within its folder; the second where all of it is trained."""
UNHEARD = ("attn.add_q_proj", "attn.norm_added_q", "attn.to_add_out", "txt_mlp")
"""In the last block: they make the prompt's tokens for a next one, so they would never learn."""


@dataclass(frozen=True)
class Student:
    """A transformer in training; make it with `adapted` or `whole`."""

    transformer: QwenImageTransformer2DModel
    recipe: Recipe
    is_whole: bool
    """Whether all of the transformer is trained, and not an adapter"""

    @classmethod
    def adapted(cls, transformer: QwenImageTransformer2DModel, recipe: Recipe) -> Student:
        """Freeze a base model and give it a LoRA (section 4.2) and embeddings (4.1) to be trained.

        Raises:
            RecipeUnusable: the transformer lacks what the recipe's LoRA is to be added to.
        """
        transformer.requires_grad_(False)
        _check_targets(transformer, recipe)
        lora = LoraConfig(
            r=recipe.lora.rank,
            lora_alpha=recipe.lora.alpha,  # type: ignore[arg-type]  # it scales by any fraction
            target_modules=list(recipe.lora.targets),
            init_lora_weights="gaussian",
        )
        with torch.random.fork_rng():
            torch.manual_seed(recipe.seed)
            transformer.add_adapter(lora, adapter_name=LORA)
            return cls(transformer, recipe, is_whole=False)._readied()

    @classmethod
    def whole(cls, transformer: QwenImageTransformer2DModel, recipe: Recipe) -> Student:
        """Have all of a transformer trained, with embeddings, and without a LoRA."""
        transformer.requires_grad_(True)
        with torch.random.fork_rng():
            torch.manual_seed(recipe.seed)
            return cls(transformer, recipe, is_whole=True)._readied()

    def parameters(self) -> dict[str, nn.Parameter]:
        """What is trained, by name, in float32."""
        named = self.transformer.named_parameters()
        return {name: parameter for name, parameter in named if parameter.requires_grad}

    def added(self) -> list[nn.Parameter]:
        """What the base model does not have: LoRA and embeddings, trained or not."""
        named = self.transformer.named_parameters()
        return [part for name, part in named if ".lora_" in name or name.startswith(EMBEDDING)]

    def save(self, folder: Path, prepared: Prepared, training: Mapping[str, str]) -> None:
        """Write all that is trained.

        Args:
            folder: gets an adapter's file, and where the student is whole, the transformer beside
                it as diffusers lays it out.
            prepared: what it was trained on, which has the prompt.
            training: how it was trained, for people.
        """
        write_adapter(folder / ADAPTER, self._adapter(prepared, training))
        if self.is_whole:
            self.transformer.save_config(folder / TRANSFORMER)
            save_file(self._own_tensors(), folder / TRANSFORMER / WEIGHTS_FILE)

    @torch.no_grad()
    def load(self, folder: Path) -> None:
        """Take over what `save` wrote, bit by bit.

        Raises:
            WeightsUnusable: the adapter's file is damaged.
            OSError, SafetensorError, ValueError: the transformer's is, or lacks something.
        """
        adapter = read_adapter(folder / ADAPTER)
        self.transformer.layer_semantic_embedding.weight.copy_(adapter.embedding)
        if adapter.lora:
            set_peft_model_state_dict(self.transformer, adapter.lora, adapter_name=LORA)
        if self.is_whole:
            own, stored = self._own_tensors(), load_file(folder / TRANSFORMER / WEIGHTS_FILE)
            if own.keys() != stored.keys():
                raise ValueError(f"{folder / TRANSFORMER} is of another model")
            for name, tensor in own.items():
                tensor.copy_(stored[name])

    def _readied(self) -> Student:
        transformer, recipe = self.transformer, self.recipe
        embedding = LayerSemanticEmbedding.untrained(transformer.inner_dim, recipe.layout)
        if not recipe.embedding.enabled:
            embedding.weight.data.zero_()
            embedding.requires_grad_(False)
        embedding.to(transformer.device).attach(transformer)
        keep_layer_indices(transformer, recipe.layout)
        for name in UNHEARD:
            transformer.transformer_blocks[-1].get_submodule(name).requires_grad_(False)
        for parameter in self.parameters().values():
            parameter.data = parameter.data.float()
        if recipe.gradient_checkpointing:
            transformer.enable_gradient_checkpointing()
        return self

    def _adapter(self, prepared: Prepared, training: Mapping[str, str]) -> Adapter:
        told, recipe, transformer = prepared.index, self.recipe, self.transformer
        info = AdapterInfo(
            version=VERSION,
            rank=recipe.lora.rank,
            alpha=recipe.lora.alpha,
            layout=recipe.layout,
            base=told.base,
            revision=told.revision,
            prompt=told.prompt,
            training=training,
            channels=transformer.inner_dim,
            text_channels=transformer.config["joint_attention_dim"],
        )
        lora = {} if self.is_whole else get_peft_model_state_dict(transformer, adapter_name=LORA)
        embedding = transformer.layer_semantic_embedding.weight
        return Adapter(info, lora, embedding, prepared.prompt, prepared.negative)

    def _own_tensors(self) -> dict[str, Tensor]:
        """The transformer's, without the embeddings."""
        tensors: dict[str, Tensor] = self.transformer.state_dict()
        return {name: tensor for name, tensor in tensors.items() if not name.startswith(EMBEDDING)}


def _check_targets(transformer: QwenImageTransformer2DModel, recipe: Recipe) -> None:
    linears = [
        f".{name}" for name, module in transformer.named_modules() if isinstance(module, nn.Linear)
    ]
    for target in recipe.lora.targets:
        if not any(name.endswith(f".{target}") for name in linears):
            raise RecipeUnusable(
                f"The recipe adds a LoRA to {target!r}, and the base model has no such linear map; "
                "correct targets in its table [lora]."
            )
