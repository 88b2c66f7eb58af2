"""How well a batch of images with a few views each approximates the loss, with many and with few images."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from learning_geometry.studies.types import Count, Positive, RisingCounts, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Approximation(Unit):
    """Gradients of the reformulated loss from sampled views beside the exact one, for one random network."""

    seed: Seed
    kernel_per_class: Count
    kernel_reach: Count
    kernel_noise: Positive
    kernel_dimensions: Count
    kernel_hidden: Count
    sampled_views: Annotated[RisingCounts, Field(min_length=2)]
    sampled_images: Count
    samples: Annotated[int, Field(ge=2)]


def measure(unit: Approximation, execution: Execution) -> "xr.Dataset":
    """Squared error of the gradient relative to the exact gradient's square, `error (budget, form, views)`, and the part of it that is bias, `bias`.

    With the budget "images" every batch has `sampled_images`, with "passes" as many fewer as there are more views, beginning at the
    fewest. The form "mean" compares each view with the mean of its image's views, itself included; what it calls the distance from the mean
    is too small by `1 - 1 / views`, and "corrected" divides by that. `bias` is the square of the mean error over batches, less what chance
    makes of it; it may be slightly negative.

    Source: ours; the abstract says that more augmentations approximate the loss better.
    """
    import numpy as np
    import torch
    import xarray as xr

    from learning_geometry.instruments.kernel_matching import Moments, matching_by_moments, moments
    from learning_geometry.studies.efficient_ssl.experiments import _finite

    there = _finite.world(unit.seed, per_class=unit.kernel_per_class, reach=unit.kernel_reach, noise=unit.kernel_noise)
    views, landed = (torch.from_numpy(part.astype(np.float32)) for part in (there.views, there.landing))
    model = _finite.network(views.shape[1], unit.kernel_hidden, unit.kernel_dimensions, unit.seed)

    def gradient(loss: torch.Tensor) -> torch.Tensor:
        parts = torch.autograd.grad(loss, list(model.parameters()))
        return torch.cat([part.flatten() for part in parts]).double()

    exact = gradient(matching_by_moments(moments(model(views), landed)))
    rng = np.random.default_rng([unit.seed, 2])
    cumulated = there.landing.cumsum(1)
    fewest = unit.sampled_views[0]
    budgets, forms = ["images", "passes"], ["mean", "corrected"]
    errors, biases = np.empty((2, 2, 2, len(unit.sampled_views)))
    for b, budget in enumerate(budgets):
        for v, n_views in enumerate(unit.sampled_views):
            size = unit.sampled_images if budget == "images" else unit.sampled_images * fewest // n_views
            drawn: list[list[torch.Tensor]] = [[], []]
            for _ in range(unit.samples):
                images = rng.choice(len(landed), size, replace=False)
                uniform = rng.random((size, n_views))
                which = np.stack([np.searchsorted(cumulated[i], u) for i, u in zip(images, uniform, strict=True)])
                # The last cumulated probability may be below one by rounding.
                features = model(views[torch.from_numpy(which.clip(max=len(views) - 1).ravel())])
                centred = (features - features.mean(0)).unflatten(0, (size, n_views))
                covariance = torch.einsum("nvk,nvl->kl", centred, centred) / (size * n_views)
                means = centred.mean(1)
                agreement = means.T @ means / size
                within = (covariance - agreement) * n_views / (n_views - 1)
                for f, other in enumerate((agreement, covariance - within)):
                    loss = matching_by_moments(Moments(covariance, other))
                    drawn[f].append(torch.autograd.grad(loss, list(model.parameters()), retain_graph=f == 0))
            for f, gradients in enumerate(drawn):
                rows = torch.stack([torch.cat([part.flatten() for part in parts]).double() for parts in gradients])
                scale = float(exact.square().sum())
                errors[b, f, v] = float((rows - exact).square().sum(1).mean()) / scale
                spread = float(rows.var(0).sum()) / scale
                biases[b, f, v] = float((rows.mean(0) - exact).square().sum()) / scale - spread / unit.samples
    return xr.Dataset(
        {"error": (("budget", "form", "views"), errors), "bias": (("budget", "form", "views"), biases)},
        coords={"budget": budgets, "form": forms, "views": unit.sampled_views},
    )
