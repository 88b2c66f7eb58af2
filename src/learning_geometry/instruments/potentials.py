"""Potentials of mirror descent: which geometry the changes of weights obey, element by element.

Mirror descent moves the *dual* image of a weight against the gradient and maps it back. The potentials here are
separable, `sum_i potential(w_i)`, and act alike on numpy arrays and on torch tensors of any shape.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

Array = TypeVar("Array", NDArray[np.float64], NDArray[np.float32], torch.Tensor)


@runtime_checkable
class Potential(Protocol):
    """A strictly convex function of a single weight, with what mirror descent needs of it."""

    @property
    def name(self) -> str:
        """What the book calls it."""
        ...

    @property
    def exponent(self) -> float:
        """The p for which its curvature is proportional to `|w|^(p - 2)`."""
        ...

    def value(self, weights: Array) -> Array:
        """The potential of every weight."""
        ...

    def dual(self, weights: Array) -> Array:
        """The derivative at every weight: its image in the dual space."""
        ...

    def primal(self, dual: Array, signs: Array) -> Array:
        """The weights whose dual image this is, given the signs of the weights that they started from."""
        ...

    def curvature(self, weights: Array) -> Array:
        """The second derivative at every weight; infinite or zero at 0, as the formula says."""
        ...


@dataclass(frozen=True)
class NegativeEntropy:
    """The potential `|w| log |w|`, whose mirror descent is exponentiated gradient descent.

    A weight keeps its sign for ever (Dale's law, synapse by synapse), and a weight of zero stays zero: its dual image is
    taken to be minus infinity. Since both signs share the dual space, `primal` needs to be told the signs.
    Source: the official code of arXiv:2305.19394 (`md_utils.py`).
    """

    name: ClassVar[str] = "negative entropy"
    exponent: ClassVar[float] = 1.0

    def value(self, weights: Array) -> Array:
        """`|w| log |w|`, zero at zero."""
        xp = _namespace(weights)
        size = xp.abs(weights)
        found: Array = size * xp.log(xp.where(size == 0, xp.ones_like(size), size))
        return found

    def dual(self, weights: Array) -> Array:
        """`sign(w) (log |w| + 1)`, minus infinity at zero."""
        xp = _namespace(weights)
        size = xp.abs(weights)
        zero = size == 0
        logarithm = xp.log(xp.where(zero, xp.ones_like(size), size))
        found: Array = xp.where(zero, xp.full_like(size, -np.inf), xp.sign(weights) * (logarithm + 1))
        return found

    def primal(self, dual: Array, signs: Array) -> Array:
        """`sign exp(sign z - 1)` for the dual image z."""
        xp = _namespace(dual)
        sign = xp.sign(signs)
        exponent = xp.where(sign == 0, xp.full_like(dual, -np.inf), xp.copysign(xp.ones_like(dual), sign) * dual)
        found: Array = sign * xp.exp(exponent - 1)
        return found

    def curvature(self, weights: Array) -> Array:
        """`1 / |w|`."""
        with np.errstate(divide="ignore"):
            found: Array = 1 / _namespace(weights).abs(weights)
        return found


@dataclass(frozen=True)
class PNorm:
    """The potential `|w|^p / p` with p > 1; p = 2 is Euclidean, its mirror descent gradient descent.

    Weights may change sign; `primal` does not look at the signs it is given. As p falls to 1 the geometry becomes that of
    `NegativeEntropy`.

    Raises:
        ValueError: p is not a finite number above 1.
    """

    p: float

    def __post_init__(self) -> None:
        if not 1 < self.p < np.inf:
            raise ValueError(
                f"p is {self.p}; a p-norm potential needs a finite p above 1 (NegativeEntropy is its limit)"
            )

    @property
    def name(self) -> str:
        """Such as "3-norm"."""
        return f"{self.p:g}-norm"

    @property
    def exponent(self) -> float:
        """p itself."""
        return float(self.p)

    def value(self, weights: Array) -> Array:
        """`|w|^p / p`."""
        found: Array = _namespace(weights).abs(weights) ** self.p / self.p
        return found

    def dual(self, weights: Array) -> Array:
        """`sign(w) |w|^(p - 1)`."""
        return _signed_power(weights, self.p - 1)

    def primal(self, dual: Array, signs: Array) -> Array:
        """`sign(z) |z|^(1 / (p - 1))` for the dual image z."""
        return _signed_power(dual, 1 / (self.p - 1))

    def curvature(self, weights: Array) -> Array:
        """`(p - 1) |w|^(p - 2)`."""
        with np.errstate(divide="ignore"):
            found: Array = (self.p - 1) * _namespace(weights).abs(weights) ** (self.p - 2)
        return found


def of_exponent(p: float) -> Potential:
    """Return the potential whose curvature is proportional to `|w|^(p - 2)`: negative entropy at p = 1, else the p-norm.

    Raises:
        ValueError: p is not a finite number of at least 1.
    """
    if not 1 <= p < np.inf:
        raise ValueError(f"p is {p}; give 1 for negative entropy, 2 for Euclidean, or any finite p above 1")
    return NegativeEntropy() if p == 1 else PNorm(float(p))


def _signed_power(values: Array, power: float) -> Array:
    """`sign(v) |v|^power`; without `pow`, twenty times slower than a square root, where there is a closed form."""
    xp = _namespace(values)
    if power == 1:
        found: Array = values * 1
    elif power == 2:
        found = values * xp.abs(values)
    elif power == 0.5:
        found = xp.copysign(xp.sqrt(xp.abs(values)), values)
    else:
        found = xp.copysign(xp.abs(values) ** power, values)
    return found


def _namespace(values: Any) -> Any:
    return torch if isinstance(values, torch.Tensor) else np
