"""What a population of sampled brains computes, by its first and second moments: a training that draws no brain.

A genome with one layer of hidden types, `n_neurons` rectified neurons each, is trained by gradient descent on its probabilities.
The pre-activation of a hidden neuron has, over brains, the mean and the variance that the moments of its weights give
exactly, and nearly a normal law. The mean over the neurons of a type is then drawn once for each image, and so is the
output (local reparametrisation: Kingma, Salimans and Welling 2015; moments of a rectified normal variable in closed form). The
cost does not depend on the number of neurons.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_LEAST_VARIANCE = 1e-8  # keeps the square root differentiable where a weight is certain


@dataclass(frozen=True)
class TypeNetwork:
    """Logits of the probabilities and the offsets of many genomes with one hidden layer, in leading dimensions `...`.

    `hidden` is `(..., 2, n_inputs, n_types)` and `output` `(..., 2, n_types, n_classes)`, excitatory first; `hidden_offset` is
    `(..., n_types)` and `output_offset` `(..., n_classes)`.
    """

    hidden: Tensor
    output: Tensor
    hidden_offset: Tensor
    output_offset: Tensor

    def parameters(self) -> list[Tensor]:
        """All tensors that are trained."""
        return [self.hidden, self.output, self.hidden_offset, self.output_offset]


def moments(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of a weight from logits `(..., 2, n_pre, n_post)`."""
    p = torch.sigmoid(logits)
    return p[..., 0, :, :] - p[..., 1, :, :], (p * (1 - p)).sum(-3)


def rectified_moments(mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """First and second moment of `max(z, 0)` for normal `z`, elementwise."""
    variance = variance + _LEAST_VARIANCE
    sd = variance.sqrt()
    ratio = mean / sd
    density = torch.exp(-0.5 * ratio * ratio) * (1 / math.sqrt(2 * math.pi))
    below = 0.5 * torch.erfc(ratio * (-1 / math.sqrt(2)))
    first = mean * below + sd * density
    return first, mean * first + variance * below


def population_logits(
    network: TypeNetwork, images: Tensor, n_neurons: Tensor, gain: float, generator: torch.Generator
) -> Tensor:
    """Logits `(..., n_images, n_classes)`, each of a brain of its own, for images `(..., n_images, n_inputs)`.

    `n_neurons` `(...)` is the number of neurons of each hidden type; the output is `gain` times their mean effect. Where it is
    infinite the network is the mean network, and no variance is felt.
    """
    stochastic = torch.isfinite(n_neurons)[..., None, None]
    share = (1 / n_neurons)[..., None, None]  # 0 where infinite
    weight, spread = moments(network.hidden)
    mean = images @ weight + network.hidden_offset[..., None, :]
    variance = (images * images) @ spread
    first, second = rectified_moments(mean, variance * stochastic)
    effect = first + ((second - first * first).clamp_min(0) * share + _LEAST_VARIANCE).sqrt() * _noise(first, generator)
    effect = torch.where(stochastic, effect, first)
    weight, spread = moments(network.output)
    logits = effect @ weight
    noise = ((second @ spread) * share + _LEAST_VARIANCE).sqrt() * _noise(logits, generator)
    return gain * torch.where(stochastic, logits + noise, logits) + network.output_offset[..., None, :]


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator).to(like.device)
