"""What is done to sequences and neurons after training: noise, drift of the input's gain, and a step of drive."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from learning_geometry.materials.recurrent_networks import Extra


@dataclass(frozen=True)
class Condition:
    """A perturbation of a kind, `clean`, `noise`, `drift` or `drive`, and its size."""

    kind: str
    size: float

    @property
    def name(self) -> str:
        """Kind and size in words."""
        return f"{self.kind} {self.size:g}" if self.size else self.kind

    def sequences(self, clean: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
        """What networks see of sequences `(seeds, batch, times)`; noise is drawn for each seed by its own generator."""
        if self.kind == "noise":
            return clean + self.size * normal(generators, clean.shape[1:]).to(clean.device)
        if self.kind == "drift":
            times = torch.arange(clean.shape[-1], device=clean.device) / clean.shape[-1]
            return clean * (1 + self.size * torch.sin(2 * math.pi * times))
        return clean

    def extra(self, times: int) -> Extra | None:
        """What is added to every neuron's pre-activation at a time: a drive in the second quarter of the sequence."""
        if self.kind != "drive":
            return None
        size = self.size
        return lambda t: torch.tensor(size if times // 4 <= t < times // 2 else 0.0)


def conditions(noises: Sequence[float], drifts: Sequence[float], drives: Sequence[float]) -> list[Condition]:
    """No perturbation, and then all sizes of each kind."""
    kinds = (("noise", noises), ("drift", drifts), ("drive", drives))
    return [Condition("clean", 0.0), *(Condition(kind, size) for kind, sizes in kinds for size in sizes)]


def normal(generators: Sequence[torch.Generator], shape: Sequence[int]) -> Tensor:
    """Standard normal numbers `(seeds, *shape)`, those of each seed from its own generator."""
    return torch.stack([torch.randn(tuple(shape), generator=generator) for generator in generators])


def drifted(clean: Tensor, size: float, generators: Sequence[torch.Generator]) -> Tensor:
    """Sequences `(seeds, batch, times)` whose gain drifts with a frequency from 0 to 2 periods and a phase of each sequence's own."""
    n = clean.shape[1]
    drawn = torch.stack([torch.rand(2, n, 1, generator=generator) for generator in generators]).to(clean.device)
    times = torch.arange(clean.shape[-1], device=clean.device) / clean.shape[-1]
    return clean * (1 + size * torch.sin(2 * math.pi * (2 * drawn[:, 0] * times + drawn[:, 1])))
