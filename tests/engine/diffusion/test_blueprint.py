"""The base model's blueprint: what its files would declare, known without any of them."""

from engine.diffusion.blueprint import published, shapes_of
from engine.diffusion.sizes import Shapes, Sizes
from engine.diffusion.weights import Base
from tests.engine.diffusion.tiny import tiny_transformer, tiny_vae, write_tiny_checkpoint


def shapes_by_name(tensors):
    return {tensor.name: tensor.shape for tensor in tensors}


def test_a_blueprint_says_what_the_files_declare(tmp_path):
    drawn = shapes_of(tiny_transformer(), tiny_vae())
    read = Shapes.of(Base(write_tiny_checkpoint(tmp_path)))
    assert shapes_by_name(drawn.transformer) == shapes_by_name(read.transformer)
    assert shapes_by_name(drawn.vae) == shapes_by_name(read.vae)
    assert drawn.blocks == read.blocks == 2
    assert drawn.channels == read.channels
    assert drawn.vae_channels == read.vae_channels


def test_the_published_model_is_as_large_as_its_files():
    sizes = Sizes.of_shapes(published(), lora=0)
    transformer = sizes.block_matrices + sizes.block_rest + sizes.outside
    assert f"{2 * transformer / 1e9:.1f} GB" == "40.9 GB"
    assert f"{2 * sizes.vae / 1e6:.0f} MB" == "254 MB"
    assert (sizes.blocks, sizes.channels, sizes.converted) == (60, 3072, 0)
