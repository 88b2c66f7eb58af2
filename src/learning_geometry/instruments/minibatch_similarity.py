"""CKA of two networks from a stream of batches."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from learning_geometry.instruments.hsic import Matrix, centred_layers, check_same_samples, hsic_sums, normalised


class MinibatchCKA:
    """The minibatch linear CKA of every layer of one network with every layer of another.

    Each batch gives an HSIC_1 for every pair and for each layer with itself; the three are averaged over batches, and
    CKA is the ratio of the averages (Nguyen et al. 2021, arXiv:2010.15327, equations 2 and 3). The average of ratios,
    which some packages return, is another and a biased quantity. A batch counts in proportion to its number of samples:
    every batch is an unbiased estimate whatever its size, and its variance falls as one over that size. Batches of one
    size thus weigh the same, the order of batches is immaterial, and one batch gives the debiased `cka_map`.

    A map of a network with itself, `n_layers_y=None`, is exactly symmetric, has a unit diagonal and is positive
    semidefinite.

    Args:
        n_layers_x: Number of layers of the first network.
        n_layers_y: Number of layers of the second; None compares the first with itself.

    Raises:
        ValueError: If a number of layers is not positive.
    """

    def __init__(self, n_layers_x: int, n_layers_y: int | None = None) -> None:
        for name, number in (("n_layers_x", n_layers_x), ("n_layers_y", n_layers_y)):
            if number is not None and number < 1:
                raise ValueError(f"{name} is {number}; pass the number of layers that update will receive, at least 1")
        self._n_x = n_layers_x
        self._n_y = n_layers_y
        n_all = n_layers_x + (n_layers_y or 0)
        if n_layers_y is None:
            self._pairs = [(i, j) for i in range(n_layers_x) for j in range(i, n_layers_x)]
        else:
            self._pairs = [(i, i) for i in range(n_all)]
            self._pairs += [(i, j) for i in range(n_layers_x) for j in range(n_layers_x, n_all)]
        self._weighted: Matrix = np.zeros((n_all, n_all))
        self._n_samples = 0

    def update(self, xs: Sequence[ArrayLike], ys: Sequence[ArrayLike] | None = None) -> None:
        """Add one batch.

        Args:
            xs: Activations of each layer of the first network, `(batch, ...)`; axes after the first are flattened.
                Anything that numpy can view as an array; detach tensors that carry gradients.
            ys: The same for the second network, on the same batch; None if and only if `n_layers_y` is None.

        Raises:
            ValueError: If the number of layers is not the one announced, a layer is malformed, or the batch has fewer
                than four samples. The batch is then not counted.
        """
        if (ys is None) != (self._n_y is None):
            raise ValueError(
                f"ys is {'missing' if ys is None else 'given'}, but n_layers_y is {self._n_y}; let them agree"
            )
        for name, layers, number in (("xs", xs, self._n_x), ("ys", ys, self._n_y)):
            if layers is not None and len(layers) != number:
                raise ValueError(f"{name} has {len(layers)} layers, but {number} were announced; pass as many")
        features = centred_layers(xs, "xs", "debiased")
        if ys is not None:
            features_y = centred_layers(ys, "ys", "debiased")
            check_same_samples(features[0], features_y[0], "xs", "ys")
            features += features_y
        n = len(features[0])
        # The weight n times HSIC_1, whose own prefactor is 1 / (n (n - 3)).
        self._weighted += hsic_sums(features, self._pairs, debiased=True) / (n - 3)
        self._n_samples += n

    def compute(self) -> Matrix:
        """Return the map of all batches so far, `(n_layers_x, n_layers_y)`.

        Raises:
            RuntimeError: If no batch was added.
            ValueError: If a layer is constant in every batch, so that CKA is undefined.
        """
        if self._n_samples == 0:
            raise RuntimeError("no batch was added; call update before compute")
        own = np.diagonal(self._weighted)
        n_x = self._n_x
        if self._n_y is not None:
            return normalised(self._weighted[:n_x, n_x:], own[:n_x], own[n_x:], "debiased", ("xs", "ys"))
        values = normalised((self._weighted + self._weighted.T) / 2, own, own, "debiased", ("xs", "xs"))
        np.fill_diagonal(values, 1.0)
        return values
