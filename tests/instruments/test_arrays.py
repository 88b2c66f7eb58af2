"""Instruments take tensors as a network hands them over, and say the same of them as of arrays."""

import numpy as np
import pytest
import torch

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.pass_at_k import pass_at_k
from learning_geometry.instruments.phases import phases
from learning_geometry.instruments.similarity import cka
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.instruments.streaming import StreamingCovariance

VALUES = torch.arange(48, dtype=torch.float32).reshape(8, 6) ** 2 % 7

TENSORS = {
    "bfloat16": VALUES.bfloat16(),
    "half": VALUES.half(),
    "gradient": VALUES.clone().requires_grad_(),
    "bfloat16 with gradient": VALUES.bfloat16().requires_grad_(),
    "computed": VALUES.clone().requires_grad_() * 1,
    "parameter": torch.nn.Parameter(VALUES),
    "transposed": VALUES.T.contiguous().T,
    "sparse": VALUES.to_sparse(),
    "inference": None,
}
with torch.inference_mode():
    TENSORS["inference"] = VALUES * 1


@pytest.mark.parametrize("kind", TENSORS)
def test_a_tensor_of_any_kind_is_measured_as_its_values(kind):
    tensor, array = TENSORS[kind], VALUES.numpy()
    np.testing.assert_array_equal(as_array(tensor), array)
    np.testing.assert_allclose(eigenspectrum(tensor), eigenspectrum(array), rtol=1e-5, atol=1e-5)
    assert cka(tensor, tensor[:, :3] if kind != "sparse" else array[:, :3]) == pytest.approx(cka(array, array[:, :3]))
    covariance = StreamingCovariance(6)
    covariance.update(tensor)
    np.testing.assert_allclose(covariance.eigenspectrum(), eigenspectrum(array), rtol=1e-5, atol=1e-5)


def test_lists_of_tensors_are_taken():
    losses = [torch.tensor(float(i + 1), requires_grad=True) for i in range(4)]
    np.testing.assert_array_equal(as_array(losses, np.float64), [1, 2, 3, 4])
    np.testing.assert_array_equal(as_array([list(VALUES), list(VALUES)]), [VALUES.numpy()] * 2)
    assert rankme(losses, of="eigenvalues") == pytest.approx(rankme([1.0, 2, 3, 4][::-1], of="eigenvalues"))
    assert phases([1, 10, 100, 1000], losses) == phases([1, 10, 100, 1000], [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(pass_at_k(8, torch.tensor([1, 2]), torch.tensor([1])), [[0.125, 0.25]])


def test_an_array_is_not_copied_and_torch_is_not_needed():
    array = np.arange(6.0)
    assert as_array(array) is array
    assert as_array([1, 2]).dtype == np.int64
    assert np.shares_memory(as_array(VALUES), VALUES.numpy())
