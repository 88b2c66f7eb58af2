"""What a table of synapses says is what was put into it, and a made-up table is made as it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_geometry.studies.synaptic_weights.experiments import example, pairs, spines
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution


@pytest.mark.parametrize(("truth", "spread"), [(1.0, 0.8), (2.0, 0.2), (3.0, 0.2)])
def test_equal_synapses_end_in_the_shape_of_their_geometry(truth: float, spread: float) -> None:
    """From sizes of one the dual change is Gaussian: sizes to the power p - 1, or their logarithms, are."""
    change = spread * np.random.default_rng(0).standard_normal(3000)
    sizes = np.exp(change) if truth == 1 else (1 + change) ** (1 / (truth - 1))
    marginal = spines.marginal(sizes)
    low, high = marginal.interval.values
    assert low < truth < high
    assert low < marginal.exponent < high
    # The control: no other geometry would be taken for it.
    assert all(not low < other < high for other in {1.0, 2.0, 3.0} - {truth})


def test_sizes_of_unequal_synapses_only_tell_their_shape() -> None:
    """The negative control of the exponent: log-normal sizes read as p = 1, although a 3-norm has just changed them."""
    rng = np.random.default_rng(0)
    squares = np.exp(2 * rng.normal(0, 0.8, 3000)) + 0.01 * rng.standard_normal(3000)
    low, high = spines.marginal(np.sqrt(squares[squares > 0])).interval.values
    assert high < 1.5
    assert low > 0.5


def test_the_unit_of_size_changes_nothing_but_the_mean() -> None:
    sizes = np.random.default_rng(1).lognormal(-2, 0.9, 500)
    one, other = spines.marginal(sizes), spines.marginal(1e3 * sizes)
    for name in ("sd_log", "skewness_log", "shapiro_log", "exponent", "interval", "bic"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-4)
    np.testing.assert_allclose(other["mean_log"] - one["mean_log"], np.log(1e3))
    np.testing.assert_allclose(other["mean"] - one["mean"], np.log(1e3), rtol=1e-3)


def test_two_kinds_of_spines_are_told_from_one() -> None:
    rng = np.random.default_rng(2)
    logarithms = np.concatenate([rng.normal(-1, 0.4, 600), rng.normal(-3, 0.5, 1200)])
    marginal = spines.marginal(np.exp(logarithms))
    assert marginal.bic[1] < marginal.bic[0]
    np.testing.assert_allclose(marginal["share"], [2 / 3, 1 / 3], atol=0.03)
    np.testing.assert_allclose(marginal["mean"], [-3, -1], atol=0.1)
    np.testing.assert_allclose(marginal["sd"], [0.5, 0.4], atol=0.06)
    one = spines.marginal(np.exp(rng.normal(-2, 0.9, 1800)))
    assert one.bic[0] < one.bic[1]


def made(truth: float, *, synapses: int = 1000, noise: float = 0.0, seed: int = 0) -> Any:
    unit = example.Example(seed=seed, synapses=synapses, truth=truth, change=0.2, spread=0.7, noise=noise)
    return example.measure(unit, Execution())


def of_table(folder: Path, before: Any, after: Any, noise: float = 0.0) -> Any:
    lines = [f"{i},{b!r},{a!r}" for i, (b, a) in enumerate(zip(before.tolist(), after.tolist(), strict=True))]
    path = folder / "pairs.csv"
    path.write_text("\n".join(["spine,monday,friday", *lines]) + "\n", encoding="utf-8")
    columns = {"before_column": "monday", "after_column": "friday", "synapse_column": "spine"}
    unit = pairs.Pairs(paired_sizes=DataSource.of(str(path)), measurement_noise=noise, **columns)
    return pairs.measure(unit, Execution())


@pytest.mark.parametrize(("truth", "noise"), [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (3.0, 0.1)])
def test_a_table_of_pairs_names_its_geometry(truth: float, noise: float, tmp_path: Path) -> None:
    example_parts = made(truth, noise=noise)
    sizes = example_parts["pairs"]
    parts = of_table(tmp_path, sizes.before.values, sizes.after.values, noise)
    # The table and the arrays it was written from say the same.
    assert set(parts) == set(example_parts)
    for name, part in parts.items():
        assert part.identical(example_parts[name].drop_vars("truth", errors="ignore"))
    low, high = list(parts.values())[-1].interval.values
    assert low < truth < high
    # The control: partners that are not each other's do not name it.
    shuffled = np.random.default_rng(0).permutation(sizes.after.values)
    low, high = of_table(tmp_path, sizes.before.values, shuffled)["noise ignored"].interval.values
    assert not low < truth < high


def test_an_example_hides_its_geometry_behind_noise_and_gives_it_back() -> None:
    parts = made(3.0, noise=0.1)
    low, high = parts["noise known"].interval.values
    assert low < 3 < high
    # The control: unmodelled noise looks like plasticity of a smaller exponent.
    assert parts["noise ignored"].interval.sel(end="high") < 3
    assert parts["noise ignored"].verdict != "3-norm"
    assert "noise known" not in made(3.0)
    assert not made(3.0, noise=0.1, seed=1)["pairs"].equals(parts["pairs"])


def test_a_cross_section_is_described(tmp_path: Path) -> None:
    volumes = np.random.default_rng(3).lognormal(-2, 0.8, 300)
    lines = [f"{i},{i % 40},{i % 7},{v!r}" for i, v in enumerate(volumes.tolist())]
    path, header = tmp_path / "spines.csv", "id,pre_root_id,post_root_id,spine_vol_um3"
    path.write_text("\n".join([header, *lines, "300,1,1,"]) + "\n", encoding="utf-8")
    section = spines.measure(spines.Spines(spine_table=DataSource.of(str(path))), Execution())
    np.testing.assert_array_equal(section.volumes, volumes)
    assert (int(section.connections), int(section.unmeasured)) == (280, 1)
    np.testing.assert_allclose(section.mean_log, np.log(volumes).mean())
    path.write_text("\n".join([header, *lines[:19]]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has 19 volumes"):
        spines.measure(spines.Spines(spine_table=DataSource.of(str(path))), Execution())
