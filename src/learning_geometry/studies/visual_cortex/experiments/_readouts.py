"""What is read from the features of a network: the shape of their spectrum, and a linear probe of disturbed images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from learning_geometry.instruments.spectrum import curvature, eigenspectrum, participation_ratio, power_law, rankme

_PENALTY = 1e-3  # of the probe's squared weights, on standardised features
_FORWARD = 512  # images at once; bounds memory, changes no result but the last bits
_KEPT = 200  # eigenvalues in the record
_HEAD = 9  # the rank at which the two slopes meet: a task of ten classes needs nine dimensions
_GAP_RANKS = 40  # where the largest gap is looked for


def spectrum_shape(features: ArrayLike, windows: Sequence[Sequence[int]]) -> xr.Dataset:
    """The spectrum of `features`, `(n_images, n_features)`, and numbers that describe its shape.

    `spectrum` `(rank,)` holds the first 200 eigenvalues as shares of the variance; `alpha`, `r2` and `curvature` `(window,)`
    belong to `windows` of ranks, which are called after these ("1-60"); `leading_slope` and `tail_slope` are the exponents
    of power laws over ranks 1 to 9 and from 10 to the end of the last window; `gap` is the largest ratio of an eigenvalue to
    the next from rank 2 to 40, and `gap_rank` the rank before it; `effective_rank` is RankMe of the eigenvalues.

    Raises:
        ValueError: a window leaves the part of the spectrum that rounding has left alone.
    """
    values = eigenspectrum(features)
    shares = values / values.sum()
    last = min(_GAP_RANKS, len(shares) - 1)
    ratios = shares[1:last] / np.maximum(shares[2 : last + 1], np.finfo(np.float64).tiny)
    ranks = [(first, end) for first, end in windows]
    fits = [power_law(shares, ranks=window) for window in ranks]
    kept = shares[:_KEPT]
    return xr.Dataset(
        {
            "spectrum": ("rank", kept),
            "alpha": ("window", [fit.alpha for fit in fits]),
            "r2": ("window", [fit.r2 for fit in fits]),
            "curvature": ("window", [curvature(shares, ranks=window) for window in ranks]),
            "leading_slope": power_law(shares, ranks=(1, _HEAD)).alpha,
            "tail_slope": power_law(shares, ranks=(_HEAD + 1, ranks[-1][1])).alpha,
            "gap": float(ratios.max()),
            "gap_rank": int(ratios.argmax()) + 2,
            "effective_rank": rankme(shares, of="eigenvalues"),
            "participation_ratio": participation_ratio(shares),
        },
        {"rank": np.arange(1, len(kept) + 1), "window": [f"{first}-{end}" for first, end in ranks]},
    )


@torch.inference_mode()
def features_of(encode: nn.Module, images: Tensor) -> NDArray[np.float32]:
    """What the encoder, in evaluation mode, computes of images `(n, channels, height, width)`: `(n, features)`."""
    training = encode.training
    encode.eval()
    found = np.concatenate([encode(part).cpu().numpy() for part in images.split(_FORWARD)])
    encode.train(training)
    return found


@torch.inference_mode()
def accuracy(classify: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor) -> float:
    """The share of images `(n, channels, height, width)` whose largest score is that of their label, `(n,)`."""
    right = [
        (classify(part).argmax(1) == wanted).sum()
        for part, wanted in zip(images.split(_FORWARD), labels.split(_FORWARD), strict=True)
    ]
    return float(torch.stack(right).sum()) / len(labels)


@dataclass(frozen=True)
class Probe:
    """A linear classifier of standardised features: scores `((f - mean) / scale) weight + bias`, `(n, classes)`."""

    mean: Tensor
    scale: Tensor
    weight: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Scores `(n, classes)` of features `(n, n_features)`."""
        return (features - self.mean) / self.scale @ self.weight + self.bias


def linear_probe(features: Tensor, labels: Tensor) -> Probe:
    """The logistic regression of labels `(n,)` on standardised features `(n, n_features)`, with a penalty on weights.

    The minimum of the mean cross-entropy plus 1e-3 times the squared weights, found by L-BFGS in float64 to gradients
    below 1e-4, so that it depends on the features only. Features that never vary get no weight.
    """
    device = features.device
    double = features.double().cpu()  # not every accelerator has float64
    targets = labels.cpu()
    mean, scale = double.mean(0), double.std(0)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    seen = (double - mean) / scale
    weight = torch.zeros(seen.shape[1], int(targets.max()) + 1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(weight.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=200, tolerance_grad=1e-4, tolerance_change=1e-12, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = functional.cross_entropy(seen @ weight + bias, targets) + _PENALTY * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return Probe(*(part.detach().float().to(device) for part in (mean, scale, weight, bias)))


def attacked(
    classify: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, sizes: Sequence[float]
) -> list[Tensor]:
    """Images moved by `size` in every pixel, in the direction that raises the cross-entropy of `classify`.

    The fast gradient sign method of Goodfellow, Shlens and Szegedy 2015 (arXiv 1412.6572); one tensor of the shape of
    `images` for each of the `sizes`. Pixels are not clipped, since the images have no bounds.
    """
    signs = []
    for part, wanted in zip(images.split(_FORWARD), labels.split(_FORWARD), strict=True):
        seen = part.clone().requires_grad_()
        # The sum, so that the gradient of an image does not shrink with its company.
        loss = functional.cross_entropy(classify(seen), wanted, reduction="sum")
        signs.append(torch.autograd.grad(loss, seen)[0].sign())
    direction = torch.cat(signs)
    return [images + size * direction for size in sizes]


def probed(
    encode: nn.Module,
    fitted: tuple[Tensor, Tensor],
    tested: tuple[Tensor, Tensor],
    noisy: Mapping[float, Tensor],
    attacks: Sequence[float],
) -> xr.Dataset:
    """What a linear probe of the encoder gets right, and how far noise moves the features.

    The probe is fitted to images and labels, and tested on others: as they are, `probe_clean`; noisy by so much,
    `probe_noise` `(noise,)`; and attacked by so much, `probe_attack` `(attack,)`. `noise_share` `(noise,)` is the mean squared
    change of the features over their variance.
    """
    device = fitted[0].device
    probe = linear_probe(torch.from_numpy(features_of(encode, fitted[0])).to(device), fitted[1])
    images, truth = tested

    def classify(seen: Tensor) -> Tensor:
        return probe(encode(seen))

    clean = features_of(encode, images).astype(np.float64)
    variance = clean.var(axis=0).sum()
    moved = [np.square(features_of(encode, seen) - clean).sum(axis=1).mean() / variance for seen in noisy.values()]
    attacked_images = attacked(classify, images, truth, attacks)
    return xr.Dataset(
        {
            "probe_clean": accuracy(classify, images, truth),
            "probe_noise": ("noise", [accuracy(classify, seen, truth) for seen in noisy.values()]),
            "probe_attack": ("attack", [accuracy(classify, seen, truth) for seen in attacked_images]),
            "noise_share": ("noise", moved),
        },
        {"noise": list(noisy), "attack": list(attacks)},
    )
