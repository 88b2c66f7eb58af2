"""The covariance of more samples than memory holds."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.blas import dsyrk

from learning_geometry.instruments.arrays import as_array

Array = NDArray[np.float64]

# Rows that are cast to float64 at once: enough for SYRK to run at full speed, few enough to stay in the cache.
_BLOCK = 1024


class StreamingCovariance:
    """The mean and the covariance of features that arrive in chunks, in float64.

    Every chunk is centred on its own mean and merged by the rule of Chan, Golub and LeVeque (1983, The American
    Statistician 37), so that neither a mean of a thousand standard deviations nor one that drifts costs digits. The
    order of chunks and their sizes are immaterial up to rounding, about 1e-15 of the largest eigenvalue. It holds one
    `(n_features, n_features)` matrix, however many samples it has seen, and no chunk. An update costs at least
    `n_features^2` operations, so pass hundreds of rows at a time rather than one.

    Args:
        n_features: Number of columns of every chunk.

    Raises:
        ValueError: If `n_features` is not positive.
    """

    def __init__(self, n_features: int) -> None:
        if n_features < 1:
            raise ValueError(f"n_features is {n_features}; pass the number of columns of the chunks, at least 1")
        self.n_features = n_features
        self._n_samples = 0
        self._mean: Array = np.zeros(n_features)
        # The sum of squares about the mean. BLAS adds to its upper triangle in place; the lower one stays zero.
        self._scatter: Array = np.zeros((n_features, n_features), order="F")

    @property
    def n_samples(self) -> int:
        """Number of samples so far."""
        return self._n_samples

    @property
    def mean(self) -> Array:
        """Mean of the samples so far, `(n_features,)`.

        Raises:
            ValueError: If there is none.
        """
        self._check_samples(1)
        return self._mean.copy()

    def update(self, chunk: ArrayLike) -> None:
        """Add the rows of `chunk`, `(n_rows, n_features)`, of which there may be none.

        Raises:
            ValueError: If `chunk` is not a real, finite matrix of `n_features` columns. No row is then counted.
        """
        rows = as_matrix(chunk, "chunk", least_rows=0)
        if rows.shape[1] != self.n_features:
            raise ValueError(f"chunk has {rows.shape[1]} features, but {self.n_features} were announced; pass as many")
        for start in range(0, len(rows), _BLOCK):
            self._add(rows[start : start + _BLOCK])

    def merge(self, other: "StreamingCovariance") -> None:
        """Add the samples of `other`, which is left as it is.

        Raises:
            ValueError: If it has another number of features.
        """
        if other.n_features != self.n_features:
            raise ValueError(f"other has {other.n_features} features, but this one {self.n_features}; let them agree")
        if other.n_samples > 0:
            step = other._mean - self._mean
            self._scatter += other._scatter
            self._rank_update(np.sqrt(self._weight(other.n_samples)) * step[None])
            self._move(step, other.n_samples)

    def covariance(self) -> Array:
        """Return the covariance of the samples so far, `(n_features, n_features)`, with divisor `n_samples - 1`.

        Raises:
            ValueError: If there are fewer than two.
        """
        self._check_samples(2)
        upper = np.triu(self._scatter) / (self._n_samples - 1)
        return upper + np.triu(upper, 1).T

    def eigenspectrum(self, *, center: bool = True) -> Array:
        """Return what `eigenspectrum` returns for all rows so far, stacked.

        Args:
            center: Whether about the mean (the covariance, divisor `n_samples - 1`) or about zero (the second moment,
                divisor `n_samples`).

        Returns:
            `(min(n_samples, n_features),)`, descending, in the squared units of the features.

        Raises:
            ValueError: If there is no sample, or only one and `center` is true.
        """
        self._check_samples(2 if center else 1)
        n = self._n_samples
        scatter = self._scatter if center else self._scatter + n * np.outer(self._mean, self._mean)
        eigenvalues: Array = np.linalg.eigvalsh(scatter, UPLO="U")[::-1] / (n - 1 if center else n)
        return eigenvalues[: min(n, self.n_features)].clip(min=0.0)

    def _add(self, rows: NDArray[Any]) -> None:
        n = len(rows)
        # One row more than there are samples: it carries the distance of the two means, for one call to SYRK in all.
        block = np.empty((n + 1, self.n_features))
        np.subtract(rows, self._mean, out=block[:n])
        step = block[:n].mean(axis=0)
        block[:n] -= step
        block[n] = np.sqrt(self._weight(n)) * step
        self._rank_update(block)
        self._move(step, n)

    def _weight(self, n: int) -> float:
        """Weight of the distance between the two means, squared, when `n` samples join."""
        return self._n_samples * n / (self._n_samples + n)

    def _move(self, step: Array, n: int) -> None:
        self._n_samples += n
        self._mean = self._mean + n / self._n_samples * step

    def _rank_update(self, block: Array) -> None:
        self._scatter = dsyrk(1.0, block.T, beta=1.0, c=self._scatter, overwrite_c=True)

    def _check_samples(self, least: int) -> None:
        if self._n_samples < least:
            raise ValueError(f"{self._n_samples} samples were added, but {least} are needed; call update before")


def as_matrix(values: ArrayLike, name: str, *, least_rows: int) -> NDArray[Any]:
    """Return `values` as an array `(n_samples, n_features)` of its own dtype, without a copy.

    Args:
        values: A real, finite matrix of at least one column.
        name: What to call it in an error message.
        least_rows: Number of rows below which it is refused.

    Raises:
        ValueError: If it is anything else.
    """
    matrix = as_array(values)
    if matrix.ndim != 2 or matrix.shape[0] < least_rows or matrix.shape[1] < 1:
        raise ValueError(
            f"{name} has shape {matrix.shape}; expected (n_samples, n_features), at least ({least_rows}, 1)"
        )
    if matrix.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {matrix.dtype}; convert it to float32 or float64")
    # Minimum and maximum propagate NaN and keep infinities, without a Boolean copy of the array.
    if len(matrix) and not (np.isfinite(matrix.min()) and np.isfinite(matrix.max())):
        raise ValueError(f"{name} has values that are not finite; remove the samples or features that hold them")
    return matrix
