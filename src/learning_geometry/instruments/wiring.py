"""Brains drawn from a genome that fixes only with which probability neurons of one type connect to those of another.

A synapse is excitatory (+1), inhibitory (-1) or absent (0). Between a neuron of type i and one of type j an excitatory
partner is made with probability `p+_ij` and an inhibitory one with `p-_ij`, independently; the weight is their difference. With
one neuron of each type every parameter is a sample from a distribution of its own, as in a Bayesian neural network; more
neurons of a type share the distribution, not the sample. Our operationalisation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
Brains = list[NDArray[np.int8]]
"""Weights of many brains, one array `(n_brains, n_pre, n_post)` a layer."""

_CHUNK = 4_000_000  # random numbers drawn at once: bounds memory


@dataclass(frozen=True)
class Genome:
    """Connection probabilities between neuron types, layer by layer.

    `excitatory[l]` and `inhibitory[l]` are `(types_l, types_l+1)`; `neurons[l]` is the number of neurons of each type in
    population l, so that there is one more of them than of layers.

    Raises:
        ValueError: A probability is outside [0, 1], the types of two layers do not match, or a type has no neuron.
    """

    excitatory: tuple[Matrix, ...]
    inhibitory: tuple[Matrix, ...]
    neurons: tuple[int, ...]

    def __init__(
        self, excitatory: Sequence[ArrayLike], inhibitory: Sequence[ArrayLike], neurons: Sequence[int]
    ) -> None:
        object.__setattr__(self, "excitatory", tuple(_probabilities(p, "excitatory") for p in excitatory))
        object.__setattr__(self, "inhibitory", tuple(_probabilities(p, "inhibitory") for p in inhibitory))
        object.__setattr__(self, "neurons", tuple(int(count) for count in neurons))
        if not self.excitatory or len(self.excitatory) != len(self.inhibitory):
            raise ValueError(
                f"{len(self.excitatory)} excitatory and {len(self.inhibitory)} inhibitory layers; give both for each layer"
            )
        for layer, (plus, minus) in enumerate(zip(self.excitatory, self.inhibitory, strict=True)):
            if plus.shape != minus.shape:
                raise ValueError(
                    f"layer {layer}: excitatory {plus.shape} and inhibitory {minus.shape} types do not match"
                )
            if layer and plus.shape[0] != self.excitatory[layer - 1].shape[1]:
                before = self.excitatory[layer - 1].shape[1]
                raise ValueError(
                    f"layer {layer} starts from {plus.shape[0]} types, but layer {layer - 1} ends at {before}"
                )
        if len(self.neurons) != len(self.excitatory) + 1:
            raise ValueError(
                f"{len(self.neurons)} numbers of neurons for {len(self.excitatory)} layers; give one for each population"
            )
        if min(self.neurons) < 1:
            raise ValueError(f"neurons per type are {self.neurons}; every type has at least one neuron")

    def layers(self) -> Iterator[tuple[Matrix, Matrix, int, int]]:
        """The excitatory and inhibitory probabilities of each layer, and the neurons per type before and after it."""
        return zip(self.excitatory, self.inhibitory, self.neurons[:-1], self.neurons[1:], strict=True)


def weight_moments(genome: Genome) -> list[tuple[Matrix, Matrix]]:
    """The mean `p+ - p-` and the variance `p+ (1 - p+) + p- (1 - p-)` of a weight, `(types, types)` both, for each layer."""
    return [
        (plus - minus, plus * (1 - plus) + minus * (1 - minus))
        for plus, minus in zip(genome.excitatory, genome.inhibitory, strict=True)
    ]


def weight_law(genome: Genome) -> list[Matrix]:
    """The probabilities of the weights -1, 0 and +1, `(3, types, types)`, for each layer."""
    laws = []
    for plus, minus in zip(genome.excitatory, genome.inhibitory, strict=True):
        negative, positive = minus * (1 - plus), plus * (1 - minus)
        laws.append(np.stack([negative, 1 - negative - positive, positive]))
    return laws


def sample_brains(genome: Genome, n: int, rng: np.random.Generator) -> Brains:
    """The weights of `n` brains, int8 `(n, n_pre, n_post)` for each layer; neurons of a type stand side by side.

    One uniform number decides a pair of neurons: only the difference of its two possible synapses matters. Probabilities
    are resolved to 2^-24.

    Raises:
        ValueError: `n` is less than 1.
    """
    if n < 1:
        raise ValueError(f"{n} brains were asked for; ask for one or more")
    brains = []
    for law, before, after in zip(weight_law(genome), genome.neurons[:-1], genome.neurons[1:], strict=True):
        negative, positive = (_expand(law[k], before, after).astype(np.float32) for k in (0, 2))
        above = np.float32(1) - negative
        weights = np.empty((n, *negative.shape), dtype=np.int8)
        chunk = max(1, _CHUNK // negative.size)
        buffer = np.empty((min(chunk, n), *negative.shape), dtype=np.float32)
        for start in range(0, n, chunk):
            part = weights[start : start + chunk]
            uniform = buffer[: len(part)]
            rng.random(dtype=np.float32, out=uniform)
            # Uniform numbers lie in [0, 1): "below" is never true at probability 0, and always at 1.
            np.subtract((uniform < positive).view(np.int8), (uniform >= above).view(np.int8), out=part)
        brains.append(weights)
    return brains


def mean_network(genome: Genome) -> list[Matrix]:
    """The agent of the average connection probability: every weight is its mean, `(n_pre, n_post)` for each layer.

    All neurons of a type are alike in it: it has no more different units than there are types.
    """
    means = weight_moments(genome)
    return [
        _expand(mean, before, after)
        for (mean, _), before, after in zip(means, genome.neurons[:-1], genome.neurons[1:], strict=True)
    ]


def deterministic(genome: Genome) -> Genome:
    """The genome in which each probability is rounded to 0 or 1, so that all its brains are the same."""
    rounded = [[(p > 0.5).astype(np.float64) for p in side] for side in (genome.excitatory, genome.inhibitory)]
    return Genome(rounded[0], rounded[1], genome.neurons)


def synapse_sum_law(excitatory: float, inhibitory: float, synapses: int) -> tuple[NDArray[np.int64], Matrix]:
    """The law of a weight that is a sum of `synapses` possible excitatory and as many inhibitory contacts.

    Returns the sums, from `-synapses` to `synapses`, and their probabilities.

    Raises:
        ValueError: A probability is outside [0, 1], or there is no synapse.
    """
    from scipy.stats import binom

    for name, p in (("excitatory", excitatory), ("inhibitory", inhibitory)):
        _probabilities([[p]], name)
    if synapses < 1:
        raise ValueError(f"{synapses} synapses; a weight is a sum of one or more")
    counts = np.arange(synapses + 1)
    positive, negative = binom.pmf(counts, synapses, excitatory), binom.pmf(counts, synapses, inhibitory)
    return np.arange(-synapses, synapses + 1), np.convolve(positive, negative[::-1])


def bayesian_weight(mean: float, sd: float, synapses: int) -> tuple[float, float, float]:
    """Probabilities and the efficacy of one contact that give a weight of this mean and standard deviation.

    The weight is `efficacy` times a sum of `synapses` excitatory minus as many inhibitory Bernoulli contacts, with the returned
    `(excitatory, inhibitory, efficacy)`. As `synapses` grows its law tends to the normal one, so that a genome with one
    neuron of each type tends to a Bayesian neural network with independent normal weights.

    Raises:
        ValueError: `sd` is not positive, or there are too few synapses for so large a mean at this sd.
    """
    if not sd > 0:
        raise ValueError(f"sd is {sd}; a stochastic weight has one above 0")
    # With d the difference and s the sum of the probabilities the variance of a contact is s - (s^2 + d^2) / 2.
    # Twice the least squared efficacy that solves it for s leaves the probabilities well inside [0, 1].
    efficacy = float(np.sqrt(2 * (2 * sd**2 / synapses + mean**2 / synapses**2)))
    variance, difference = sd**2 / (efficacy**2 * synapses), mean / (efficacy * synapses)
    total = 1 - float(np.sqrt(1 - 2 * variance - difference**2))
    if total < abs(difference):
        raise ValueError(f"{synapses} synapses are too few for mean {mean} at sd {sd}; take more")
    return (total + difference) / 2, (total - difference) / 2, efficacy


def _expand(matrix: Matrix, before: int, after: int) -> Matrix:
    return matrix.repeat(before, axis=0).repeat(after, axis=1)


def _probabilities(values: ArrayLike, name: str) -> Matrix:
    matrix = np.array(values, dtype=np.float64)
    if matrix.ndim != 2 or not matrix.size:
        raise ValueError(f"{name} probabilities have shape {matrix.shape}; give a matrix `(types, types)`")
    outside: Any = matrix[~((matrix >= 0) & (matrix <= 1))]
    if outside.size:
        raise ValueError(f"{name} probability {outside.flat[0]} is outside [0, 1]")
    matrix.flags.writeable = False
    return matrix
