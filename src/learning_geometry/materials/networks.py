"""Convolutional networks that return, beside their logits, the output of every block."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Channels, kernel size, stride of the eight blocks, at width 1.
Plan = Sequence[tuple[int, int, int]]
_VGG: Plan = [(16, 3, 1), (16, 3, 1), (32, 3, 2), (32, 3, 1), (32, 3, 1), (64, 3, 2), (64, 3, 1), (64, 1, 1)]
_VGG7: Plan = [(16, 7, 1), (16, 7, 1), (32, 3, 1), (32, 3, 1), (32, 3, 1), (64, 3, 1), (64, 3, 1), (64, 1, 1)]

NETWORKS = ("cnn8", "vgg", "vgg7", "resnet34")
"""The names that `build` knows."""


class Network(nn.Module):
    """A classifier `logits = head(mean over space of the last block)` that shows what its blocks compute."""

    head: nn.Linear

    def blocks(self, images: Tensor) -> list[Tensor]:
        """The output of every block, first to last, each `(batch, channels, height, width)`."""
        raise NotImplementedError

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits `(batch, classes)` and the output of every block."""
        outputs = self.blocks(images)
        return self.head(pooled(outputs)), outputs


class ConvolutionalNetwork(Network):
    """Blocks of convolution, batch normalisation and ReLU, then the mean over space and a linear head."""

    def __init__(self, plan: Plan, *, padded: bool, width: float, channels: int, classes: int) -> None:
        super().__init__()
        stages = []
        for base, kernel, stride in plan:
            wide = round(base * width)
            convolution = nn.Conv2d(channels, wide, kernel, stride, kernel // 2 if padded else 0)
            stages.append(nn.Sequential(convolution, nn.BatchNorm2d(wide), nn.ReLU()))
            channels = wide
        self.stages = nn.ModuleList(stages)
        self.head = nn.Linear(channels, classes)

    def blocks(self, images: Tensor) -> list[Tensor]:
        """The outputs of the eight ReLUs."""
        outputs = []
        for stage in self.stages:
            images = stage(images)
            outputs.append(images)
        return outputs


class ResidualNetwork(Network):
    """ResNet-34 of basic blocks; its layers are the output of the stem and of the four stages."""

    def __init__(self, *, width: float, channels: int, classes: int) -> None:
        super().__init__()
        # Imported here: it takes longer than training the small networks does.
        from transformers import ResNetConfig, ResNetModel

        sizes = [round(size * width) for size in (64, 128, 256, 512)]
        self.body = ResNetModel(
            ResNetConfig(
                num_channels=channels,
                embedding_size=sizes[0],
                hidden_sizes=sizes,
                depths=[3, 4, 6, 3],
                layer_type="basic",
            )
        )
        self.head = nn.Linear(sizes[-1], classes)

    def blocks(self, images: Tensor) -> list[Tensor]:
        """The hidden states of the body."""
        return list(self.body(images, output_hidden_states=True).hidden_states)


def build(name: str, *, width: float, channels: int, classes: int, generator: torch.Generator) -> Network:
    """A freshly initialised network: Xavier-uniform weights, zero biases.

    "vgg" is the paper's network of eight blocks without padding (86,778 parameters for three channels, ten classes and
    width 1), "vgg7" its variant with 7 x 7 kernels in the first two blocks and no stride (98,938), "cnn8" is "vgg"
    with padding, so that 8 x 8 images survive it, and "resnet34" a residual network. `width` multiplies the channels.

    Raises:
        ValueError: there is no network of that name.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}")
    network: Network
    if name == "resnet34":
        network = ResidualNetwork(width=width, channels=channels, classes=classes)
    else:
        plan = _VGG7 if name == "vgg7" else _VGG
        network = ConvolutionalNetwork(plan, padded=name == "cnn8", width=width, channels=channels, classes=classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    # Channels last is a third faster on a CPU and the same arithmetic.
    return network.to(memory_format=torch.channels_last)


def pooled(outputs: Sequence[Tensor]) -> Tensor:
    """The features that the head reads, `(batch, channels)`: the mean over space of the last block's output."""
    return outputs[-1].mean((2, 3))
