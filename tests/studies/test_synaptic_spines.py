"""What a table of synapses says is what was put into it, and a made-up table is made as it says."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.synaptic_weights import example, spines


@pytest.mark.parametrize(("truth", "spread"), [(1.0, 0.8), (2.0, 0.2), (3.0, 0.2)])
def test_equal_synapses_end_in_the_shape_of_their_geometry(truth: float, spread: float) -> None:
    """From sizes of one the dual change is Gaussian: sizes to the power p - 1, or their logarithms, are."""
    change = spread * np.random.default_rng(0).standard_normal(3000)
    sizes = np.exp(change) if truth == 1 else (1 + change) ** (1 / (truth - 1))
    found = spines.marginal(sizes)
    low, high = found["exponent_interval"]
    assert low < truth < high
    assert low < found["exponent"] < high
    # The control: no other geometry would be taken for it.
    assert all(not low < other < high for other in {1.0, 2.0, 3.0} - {truth})


def test_sizes_of_unequal_synapses_only_tell_their_shape() -> None:
    """The negative control of the exponent: log-normal sizes read as p = 1, although a 3-norm has just changed them."""
    rng = np.random.default_rng(0)
    squares = np.exp(2 * rng.normal(0, 0.8, 3000)) + 0.01 * rng.standard_normal(3000)
    low, high = spines.marginal(np.sqrt(squares[squares > 0]))["exponent_interval"]
    assert high < 1.5
    assert low > 0.5


def test_the_unit_of_size_changes_nothing_but_the_mean() -> None:
    sizes = np.random.default_rng(1).lognormal(-2, 0.9, 500)
    one, other = spines.marginal(sizes), spines.marginal(1e3 * sizes)
    for name in ("sd_log", "skewness_log", "shapiro_log", "exponent", "exponent_interval", "bic"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-4)
    np.testing.assert_allclose(other["mean_log"] - one["mean_log"], np.log(1e3))
    np.testing.assert_allclose(other["mixture"]["means"] - one["mixture"]["means"], np.log(1e3), rtol=1e-3)


def test_two_kinds_of_spines_are_told_from_one() -> None:
    rng = np.random.default_rng(2)
    logarithms = np.concatenate([rng.normal(-1, 0.4, 600), rng.normal(-3, 0.5, 1200)])
    found = spines.marginal(np.exp(logarithms))
    assert found["bic"][1] < found["bic"][0]
    np.testing.assert_allclose(found["mixture"]["shares"], [2 / 3, 1 / 3], atol=0.03)
    np.testing.assert_allclose(found["mixture"]["means"], [-3, -1], atol=0.1)
    np.testing.assert_allclose(found["mixture"]["sds"], [0.5, 0.4], atol=0.06)
    one = spines.marginal(np.exp(rng.normal(-2, 0.9, 1800)))
    assert one["bic"][0] < one["bic"][1]


def written(folder: Path, before: np.ndarray, after: np.ndarray) -> Path:
    lines = [f"{i},{b!r},{a!r}" for i, (b, a) in enumerate(zip(before.tolist(), after.tolist(), strict=True))]
    path = folder / "pairs.csv"
    path.write_text("\n".join(["spine,monday,friday", *lines]) + "\n", encoding="utf-8")
    return path


def of_tables(**changes: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "paired": "",
        "before_column": "monday",
        "after_column": "friday",
        "synapse_column": "spine",
        "noise": 0.0,
        "spine_table": "",
    }
    parameters |= {name: str(value) if isinstance(value, Path) else value for name, value in changes.items()}
    for table, digest in (("paired", "paired_digest"), ("spine_table", "spine_digest")):
        file = Path(parameters[table])
        parameters.setdefault(digest, hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "")
    return spines.measure(**parameters)


def kept(folder: Path, result: dict[str, Any]) -> Any:
    """The result as it comes back from the store, which refuses what is not plain and finite."""
    unit = Unit("synaptic_weights", "spines", {}, "0" * 16)
    Store(folder).write(Record(unit, result, 0.0, 0.0, {}))
    record = Store(folder).read(unit)
    assert record is not None
    return record.result


def pairs(truth: float, *, synapses: int = 1000, noise: float = 0.0, seed: int = 0) -> dict[str, Any]:
    return example.measure(seed=seed, synapses=synapses, truth=truth, change=0.2, spread=0.7, noise=noise)


@pytest.mark.parametrize("truth", [1.0, 2.0, 3.0])
def test_a_table_of_pairs_names_its_geometry(truth: float, tmp_path: Path) -> None:
    made = pairs(truth)
    path = written(tmp_path, made["before"], made["after"])
    found = kept(tmp_path / "store", of_tables(paired=path))["paired"]
    np.testing.assert_array_equal(found["before"], made["before"])
    np.testing.assert_array_equal(found["after"], made["after"])
    assert found["source"] == "pairs.csv"
    assert "corrected" not in found
    low, high = found["uncorrected"]["interval"]
    assert low < truth < high
    # The table and the arrays it was written from say the same.
    np.testing.assert_allclose(found["uncorrected"]["exponent"], made["uncorrected"]["exponent"])
    # The control: partners that are not each other's do not name it.
    shuffled = np.random.default_rng(0).permutation(made["after"])
    low, high = of_tables(paired=written(tmp_path, made["before"], shuffled))["paired"]["uncorrected"]["interval"]
    assert not low < truth < high


def test_an_example_hides_its_geometry_behind_noise_and_gives_it_back() -> None:
    made = pairs(3.0, noise=0.1)
    low, high = made["corrected"]["interval"]
    assert low < 3 < high
    # The control: noise that is not told looks like plasticity of a smaller exponent.
    assert made["uncorrected"]["interval"][1] < 3
    assert made["uncorrected"]["verdict"] != "3-norm"
    assert "corrected" not in pairs(3.0)
    assert made["before"].shape == made["after"].shape == (1000,)


def test_an_example_is_a_function_of_its_seed(tmp_path: Path) -> None:
    one, again, other = (kept(tmp_path, pairs(2.0, synapses=50, noise=0.05, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one["after"], again["after"])
    assert one["corrected"]["exponent"] == again["corrected"]["exponent"]
    assert not np.array_equal(one["before"], other["before"])


def test_noise_of_a_table_is_taken_into_account(tmp_path: Path) -> None:
    made = pairs(3.0, noise=0.1)
    found = of_tables(paired=written(tmp_path, made["before"], made["after"]), noise=0.1)["paired"]
    for way in ("uncorrected", "corrected"):
        assert found[way]["exponent"] == pytest.approx(made[way]["exponent"])


def test_a_cross_section_is_described(tmp_path: Path) -> None:
    volumes = np.random.default_rng(3).lognormal(-2, 0.8, 300)
    lines = [f"{i},{i % 40},{i % 7},{v!r}" for i, v in enumerate(volumes.tolist())]
    path = tmp_path / "spines.csv"
    path.write_text(
        "\n".join(["id,pre_root_id,post_root_id,spine_vol_um3", *lines, "300,1,1,"]) + "\n", encoding="utf-8"
    )
    found = kept(tmp_path / "store", of_tables(spine_table=path))
    assert set(found) == {"cross_section"}
    section = found["cross_section"]
    np.testing.assert_array_equal(section["volumes"], volumes)
    assert (section["connections"], section["unmeasured"]) == (280, 1)
    np.testing.assert_allclose(section["mean_log"], np.log(volumes).mean())
    np.testing.assert_allclose(section["sd_log"], np.log(volumes).std(ddof=1))
    path.write_text("\n".join(["id,pre_root_id,post_root_id,spine_vol_um3", *lines[:19]]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has 19 volumes"):
        of_tables(spine_table=path)


def test_a_table_that_was_edited_meanwhile_is_not_measured(tmp_path: Path) -> None:
    made = pairs(2.0, synapses=20)
    path = written(tmp_path, made["before"], made["after"])
    planned = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(path.read_text(encoding="utf-8").replace("\n19,", "\ntwenty,"), encoding="utf-8")
    with pytest.raises(ValueError, match="has changed since"):
        of_tables(paired=path, paired_digest=planned)
    assert of_tables(paired=path)["paired"]["uncorrected"]["n_synapses"] == 20


def test_without_a_table_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither"):
        of_tables()
    with pytest.raises(FileNotFoundError):
        of_tables(paired=tmp_path / "nowhere.csv")
