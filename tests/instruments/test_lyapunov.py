"""Exponents of systems in which they are known, by theorem or from tables, with negative controls."""

import math

import pytest
import torch
from torch import Tensor

from learning_geometry.instruments.lyapunov import flow_step, lyapunov_exponents, map_step

# Sprott, Chaos and Time-Series Analysis, Oxford 2003, appendix A.
LORENZ, ROSSLER, HENON = (0.9056, 0.0, -14.5723), (0.0714, 0.0, -5.3943), (0.41922, -1.62319)


def stack(*rows: list[Tensor]) -> Tensor:
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def lorenz(state: Tensor) -> Tensor:
    x, y, z = state.unbind(-1)
    return torch.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], -1)


def lorenz_jacobian(state: Tensor) -> Tensor:
    x, y, z = state.unbind(-1)
    one = torch.ones_like(x)
    return stack([-10 * one, 10 * one, 0 * x], [28 - z, -one, -x], [y, x, -8 / 3 * one])


def rossler(state: Tensor) -> Tensor:
    x, y, z = state.unbind(-1)
    return torch.stack([-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)], -1)


def rossler_jacobian(state: Tensor) -> Tensor:
    x, _, z = state.unbind(-1)
    one = torch.ones_like(x)
    return stack([0 * x, -one, -one], [one, 0.2 * one, 0 * x], [z, 0 * x, x - 5.7])


def henon(state: Tensor) -> Tensor:
    x, y = state.unbind(-1)
    return torch.stack([1 - 1.4 * x * x + y, 0.3 * x], -1)


def henon_jacobian(state: Tensor) -> Tensor:
    x, _ = state.unbind(-1)
    one = torch.ones_like(x)
    return stack([-2.8 * x, one], [0.3 * one, 0 * x])


def starts(n: int, d: int, scale: float) -> Tensor:
    return scale * torch.rand(n, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_exponents_of_henon_are_those_of_the_tables() -> None:
    found = lyapunov_exponents(map_step(henon, henon_jacobian), starts(512, 2, 0.1), steps=900, k=2, warm_up=100)
    assert found.mean(0).tolist() == pytest.approx(HENON, rel=0.02)
    # Their sum is the logarithm of the determinant, at every step.
    assert found.sum(1).tolist() == pytest.approx([math.log(0.3)] * 512, rel=1e-9)


@pytest.mark.parametrize(
    ("field", "jacobian", "dt", "steps", "known", "scale"),
    [
        (lorenz, lorenz_jacobian, 0.02, 500, LORENZ, 10.0),
        (rossler, rossler_jacobian, 0.05, 700, ROSSLER, 4.0),
    ],
    ids=["lorenz", "rossler"],
)
def test_the_exponents_of_flows_are_those_of_the_tables(field, jacobian, dt, steps, known, scale) -> None:  # type: ignore[no-untyped-def]
    step = flow_step(field, jacobian, dt, substeps=5)
    # Half of the time is for the way to the attractor, which is slow near the fixed points of Lorenz.
    found = lyapunov_exponents(step, starts(500, 3, scale), steps=steps, k=3, warm_up=steps // 2) / (5 * dt)
    assert float(found.mean(0)[0]) == pytest.approx(known[0], rel=0.02)
    assert float(found.mean(0)[1]) == pytest.approx(0.0, abs=0.01)
    assert float(found.mean(0)[2]) == pytest.approx(known[2], rel=0.02)


def test_a_linear_map_has_the_logarithms_of_its_eigenvalues() -> None:
    generator = torch.Generator().manual_seed(1)
    mixing = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    matrix = mixing @ torch.diag(torch.tensor([3.0, -1.5, 0.8, 0.1], dtype=torch.float64)) @ torch.linalg.inv(mixing)

    def jacobian(state: Tensor) -> Tensor:
        return matrix

    found = lyapunov_exponents(map_step(lambda s: s, jacobian), torch.zeros(1, 4).double(), steps=300, k=4, warm_up=200)
    assert found[0].tolist() == pytest.approx([math.log(v) for v in (3.0, 1.5, 0.8, 0.1)], rel=1e-6)
    few = lyapunov_exponents(map_step(lambda s: s, jacobian), torch.zeros(1, 4).double(), steps=300, k=2, warm_up=200)
    assert few[0].tolist() == pytest.approx(found[0, :2].tolist(), rel=1e-6)


def test_trajectories_are_followed_apart_and_time_is_passed_on() -> None:
    """A driven map whose stretch depends on the time and on the trajectory."""

    def step(t: int, state: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        return state, (1.0 + t) * (1 + state).unsqueeze(-1) * tangents

    found = lyapunov_exponents(step, torch.tensor([[0.0], [1.0]]).double(), steps=5, k=1, warm_up=2)
    driven = math.log(3 * 4 * 5) / 3
    assert found[:, 0].tolist() == pytest.approx([driven, driven + math.log(2)])


def test_a_direction_that_is_wiped_out_has_a_finite_exponent() -> None:
    nothing = torch.zeros(2, 2).double()
    found = lyapunov_exponents(map_step(lambda s: s, lambda s: nothing), torch.zeros(1, 2).double(), steps=3, k=2)
    assert (found < -100).all()
    assert torch.isfinite(found).all()


def test_nonsense_is_refused_by_name() -> None:
    step, start = map_step(henon, henon_jacobian), torch.zeros(1, 2).double()
    with pytest.raises(ValueError, match="3 exponents were asked for"):
        lyapunov_exponents(step, start, steps=5, k=3)
    with pytest.raises(ValueError, match="0 exponents"):
        lyapunov_exponents(step, start, steps=5, k=0)
    with pytest.raises(ValueError, match="0 steps"):
        lyapunov_exponents(step, start, steps=0, k=1)
    with pytest.raises(ValueError, match="at least one step after the warm-up"):
        lyapunov_exponents(step, start, steps=5, k=1, warm_up=5)
    with pytest.raises(ValueError, match=r"no longer finite at step \d+ of 50"):
        lyapunov_exponents(step, start + 100, steps=50, k=1)
    with pytest.raises(ValueError, match="dt = 0"):
        flow_step(lorenz, lorenz_jacobian, 0.0)
