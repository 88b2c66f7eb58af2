"""Small classifiers whose weights are watched while they learn, and the initial weights they start from."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

ARCHITECTURES = ("recurrent", "perceptron", "convolutional")
"""The names that `build` knows."""


class Recurrent(nn.Module):
    """A recurrent network of tanh units that reads an image row by row; the last state is classified.

    The watched layer is the matrix from hidden units to hidden units.
    """

    def __init__(self, units: int, width: int, channels: int, classes: int) -> None:
        super().__init__()
        self.recurrence = nn.RNN(width * channels, units, batch_first=True)
        self.head = nn.Linear(units, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(batch, classes)` of images `(batch, channels, height, width)`."""
        rows = images.transpose(1, 2).flatten(2)
        logits: Tensor = self.head(self.recurrence(rows)[0][:, -1])
        return logits


class Perceptron(nn.Module):
    """Two hidden layers of tanh units; the watched layer is the matrix between them."""

    def __init__(self, units: int, pixels: int, classes: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(pixels, units), nn.Linear(units, units)
        self.head = nn.Linear(units, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(batch, classes)` of images `(batch, channels, height, width)`."""
        hidden = torch.tanh(self.second(torch.tanh(self.first(images.flatten(1)))))
        logits: Tensor = self.head(hidden)
        return logits


class Convolutional(nn.Module):
    """Three blocks of 3 x 3 convolution, batch normalisation and ReLU, each later one at half the resolution.

    All three kernels are watched.
    """

    def __init__(self, units: int, channels: int, classes: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for inputs, stride in ((channels, 1), (units, 2), (units, 2)):
            blocks += [nn.Conv2d(inputs, units, 3, stride, padding=1), nn.BatchNorm2d(units), nn.ReLU()]
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(units, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(batch, classes)` of images `(batch, channels, height, width)`."""
        logits: Tensor = self.head(self.blocks(images).mean((2, 3)))
        return logits


WATCHED: dict[str, tuple[str, ...]] = {
    "recurrent": ("recurrence.weight_hh_l0",),
    "perceptron": ("second.weight",),
    "convolutional": ("blocks.0.weight", "blocks.3.weight", "blocks.6.weight"),
}
"""The weights of each architecture whose distribution is measured."""


def build(
    name: str, units: int, shape: tuple[int, int, int], classes: int, initial: str, generator: torch.Generator
) -> nn.Module:
    """A network for images of `shape` (channels, height, width), with weights drawn by the generator.

    With `initial` "log-normal" every matrix and kernel is of random sign and log-normal size, the mean of the sizes equal
    to their standard deviation, and root mean square 1 / sqrt(inputs); with "uniform" it is what torch takes by default,
    uniform between +-1 / sqrt(inputs), where the inputs of a recurrent layer count as its units. Biases start as torch has them.

    Raises:
        ValueError: there is no architecture of that name.
    """
    channels, height, width = shape
    makers: dict[str, Callable[[], nn.Module]] = {
        "recurrent": lambda: Recurrent(units, width, channels, classes),
        "perceptron": lambda: Perceptron(units, channels * height * width, classes),
        "convolutional": lambda: Convolutional(units, channels, classes),
    }
    if name not in makers:
        raise ValueError(f"unknown architecture {name!r}; known: {', '.join(ARCHITECTURES)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        network = makers[name]()
        if initial == "log-normal":
            _log_normal(network)
    return network


@torch.no_grad()
def _log_normal(network: nn.Module) -> None:
    sigma = float(torch.tensor(2.0).log().sqrt())  # of log sizes whose mean equals their standard deviation
    for weights in network.parameters():
        if weights.ndim >= 2:
            sizes = torch.exp(sigma * torch.randn_like(weights))  # their root mean square is 2
            signs = torch.randint_like(weights, 2) * 2 - 1
            weights.copy_(signs * sizes / (2 * weights[0].numel() ** 0.5))
