"""The images on which encoders are pretrained and read out: pixels as they are, and labels."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from learning_geometry.materials import images as image_sets
from learning_geometry.materials.photographs import Part, normalised, patches
from learning_geometry.studies.efficient_ssl.experiments._names import TEXTURE

_CONTRAST = 1.0  # of the texture: as much as that of a digit


class Pixels(NamedTuple):
    """Images `(n, channels, side, side)` of float32 and their labels `(n,)`, for training and testing."""

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


def load(name: str, revision: str, seed: int) -> Pixels:
    """The images of a name; digits are laid on texture anew for each seed, test digits on other parts of the photographs."""
    data = image_sets.load("digits" if name == TEXTURE else name, revision)
    scale, mean = data.scale[:, None, None], data.mean[:, None, None]
    train, test = (part * scale + mean for part in (data.train, data.test))
    if name == TEXTURE:
        rng = np.random.default_rng([seed, 5])
        parts: list[tuple[NDArray[np.float32], Part]] = [(train, "left"), (test, "right")]
        for digits, part in parts:
            below = normalised(patches(count=len(digits), size=digits.shape[-1], part=part, rng=rng))[:, None]
            digits += _CONTRAST * below * (1 - digits)
    return Pixels(*map(torch.from_numpy, (train, data.train_labels, test, data.test_labels)))
