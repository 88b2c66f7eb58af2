"""Encoders that are pretrained: a small one for 8 x 8 digits, and the paper's residual networks."""

from torch import Tensor, nn, random

from learning_geometry.studies.efficient_ssl.experiments._names import NETWORKS

_DEPTHS = {"resnet18": ("basic", [2, 2, 2, 2]), "resnet50": ("bottleneck", [3, 4, 6, 3])}


def build(name: str, *, width: int, channels: int, seed: int) -> tuple[nn.Module, int]:
    """An encoder of images `(batch, channels, side, side)` from its first weights, and the number of its features.

    "small" has three convolutions of 3 x 3 with `width`, `2 width` and `4 width` channels, the last two of stride 2. The residual networks begin with a
    convolution of 3 x 3 without stride or pooling, as the authors have it for CIFAR; their first stage has `width` channels (64 in the paper). All end
    with the mean over space.

    Raises:
        ValueError: there is no network of that name.
    """
    if name not in NETWORKS:
        raise ValueError(f"network is {name!r}; choose one of {', '.join(NETWORKS)}")
    with random.fork_rng(devices=[]):  # torch fills layers from its global generator
        random.manual_seed(seed)
        if name == "small":
            return _small(width, channels), 4 * width
        return _Residual(*_DEPTHS[name], width=width, channels=channels), _features(name, width)


def projector(features: int, dimensions: int, seed: int) -> nn.Module:
    """The network on whose output the loss acts: two linear layers, batch normalisation and ReLU between them."""
    with random.fork_rng(devices=[]):
        random.manual_seed(seed)
        first = nn.Linear(features, dimensions, bias=False)
        return nn.Sequential(first, nn.BatchNorm1d(dimensions), nn.ReLU(), nn.Linear(dimensions, dimensions))


def _small(width: int, channels: int) -> nn.Module:
    wide = (width, 2 * width, 4 * width)
    layers: list[nn.Module] = []
    for before, after, stride in zip((channels, *wide), wide, (1, 2, 2), strict=False):
        layers += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def _features(name: str, width: int) -> int:
    return 8 * width * (4 if name == "resnet50" else 1)


class _Residual(nn.Module):
    def __init__(self, layer_type: str, depths: list[int], *, width: int, channels: int) -> None:
        super().__init__()
        from transformers import ResNetConfig, ResNetModel

        widening = 4 if layer_type == "bottleneck" else 1
        sizes = [width * widening * 2**stage for stage in range(4)]
        self.body = ResNetModel(
            ResNetConfig(
                num_channels=channels, embedding_size=width, hidden_sizes=sizes, depths=depths, layer_type=layer_type
            )
        )
        self.body.embedder = nn.Sequential(
            nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.body.encoder(self.body.embedder(images)).last_hidden_state.mean((2, 3))
