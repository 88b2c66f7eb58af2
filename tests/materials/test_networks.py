"""Networks have the size of the paper's and show what they compute."""

import pytest
import torch

from learning_geometry.materials.networks import NETWORKS, Network, build, pooled


def network(name: str, *, channels: int = 3, width: float = 1.0, seed: int = 0) -> Network:
    generator = torch.Generator().manual_seed(seed)
    return build(name, width=width, channels=channels, classes=10, generator=generator)


@pytest.mark.parametrize(("name", "parameters"), [("vgg", 86_778), ("cnn8", 86_778), ("vgg7", 98_938)])
def test_sizes_are_those_of_the_paper(name: str, parameters: int) -> None:
    assert sum(p.numel() for p in network(name).parameters()) == parameters
    assert sum(p.numel() for p in network(name, width=2).parameters()) > 3 * parameters


@pytest.mark.parametrize(("name", "blocks"), [("vgg", 8), ("cnn8", 8), ("vgg7", 8), ("resnet34", 5)])
def test_blocks_are_shown_and_the_head_reads_the_last(name: str, blocks: int) -> None:
    model = network(name, width=0.25).eval()
    with torch.inference_mode():
        logits, outputs = model(torch.randn(2, 3, 32, 32))
        torch.testing.assert_close(logits, model.head(pooled(outputs)))
    assert len(outputs) == blocks
    assert all(output.shape[0] == 2 and output.min() >= 0 for output in outputs)


def test_padding_lets_small_images_through() -> None:
    images = torch.randn(2, 1, 8, 8)
    assert network("cnn8", channels=1)(images)[1][-1].shape == (2, 64, 2, 2)
    with pytest.raises(RuntimeError, match="can't be greater than actual input size"):
        network("vgg", channels=1)(images)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_fixes_every_weight(name: str) -> None:
    one, same, other = (network(name, width=0.25, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["head.weight"], other["head.weight"])


def test_biases_start_at_zero_and_weights_do_not() -> None:
    model = network("cnn8")
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            assert not module.bias.any()
            assert module.weight.any()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown network 'alexnet'; known: cnn8, vgg"):
        network("alexnet")
