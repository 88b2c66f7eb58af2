"""What a caller hands over, as an array of numpy: lists, arrays, and torch's tensors of any kind."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def as_array(values: Any, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Values as numpy's own; a tensor may carry a gradient, lie on an accelerator, or hold bfloat16, which becomes float32.

    Tensors in lists are taken as well. What needs no conversion is not copied.
    """
    return np.asarray(_plain(values), dtype=dtype)


def _plain(values: Any) -> Any:
    if isinstance(values, (list, tuple)) and any(
        hasattr(item, "detach") or isinstance(item, (list, tuple)) for item in values
    ):
        return [_plain(item) for item in values]
    if not hasattr(values, "detach"):  # no tensor; torch itself is not needed to know
        return values
    tensor = values.detach().cpu()
    if tensor.layout is not _strided():
        tensor = tensor.to_dense()
    # numpy has no bfloat16, nor torch's types of eight bits and fewer.
    if tensor.is_floating_point() and str(tensor.dtype) not in ("torch.float16", "torch.float32", "torch.float64"):
        tensor = tensor.float()
    return tensor.resolve_conj().resolve_neg().numpy()


def _strided() -> Any:
    import torch

    return torch.strided
