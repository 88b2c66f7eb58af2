"""Matching the kernel of the augmentations, and the loss that is equivalent to it: the same numbers at another price."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Equivalence(Unit):
    """Both losses of a random network on all views of a finite set of digits."""

    seed: Seed
    kernel_per_class: Count
    kernel_reach: Count
    kernel_noise: Positive
    kernel_dimensions: Count
    kernel_hidden: Count


def measure(unit: Equivalence, execution: Execution) -> "xr.Dataset":
    """Relative differences of values, less the constant, and of gradients, and multiplications and additions of both, forward and backward.

    `value_error` and `gradient_error`, and `operations (form)` as torch counts them in matrix products, of the losses alone: the network
    that makes the features is not counted, nor is the kernel, which depends on no feature.

    Source: the abstract; the derivation is ours.
    """
    import torch
    import xarray as xr
    from torch.utils.flop_counter import FlopCounterMode

    from learning_geometry.instruments.kernel_matching import matching_by_moments, matching_by_pairs, moments
    from learning_geometry.studies.efficient_ssl.experiments import _finite

    there = _finite.world(unit.seed, per_class=unit.kernel_per_class, reach=unit.kernel_reach, noise=unit.kernel_noise)
    views, landed = torch.from_numpy(there.views), torch.from_numpy(there.landing)
    model = _finite.network(views.shape[1], unit.kernel_hidden, unit.kernel_dimensions, unit.seed).double()
    features = model(views).detach().requires_grad_()
    forms: dict[str, Callable[[], torch.Tensor]] = {
        "pairs": lambda: matching_by_pairs(features, landed),
        "moments": lambda: matching_by_moments(moments(features, landed)),
    }
    values, gradients, operations = {}, {}, {}
    for name, loss in forms.items():
        with FlopCounterMode(display=False) as counter:
            value = loss()
            (gradients[name],) = torch.autograd.grad(value, features)
        values[name], operations[name] = float(value.detach()), counter.get_total_flops()
    # The kernel's own product is the same whatever the features.
    operations["pairs"] -= 2 * landed.shape[0] * landed.shape[1] ** 2
    constant = float(matching_by_pairs(0 * features.detach(), landed)) - unit.kernel_dimensions
    off = gradients["pairs"] - gradients["moments"]
    return xr.Dataset(
        {
            "value_error": abs(values["pairs"] - values["moments"] - constant) / abs(values["pairs"]),
            "gradient_error": float(off.norm() / gradients["pairs"].norm()),
            "operations": ("form", [float(operations[name]) for name in forms]),
        },
        coords={"form": list(forms)},
        attrs={"views": len(there.views), "dimensions": unit.kernel_dimensions},
    )
