"""Records joined into one labelled data set: along seeds, along units, part by part, and what is missing by name."""

import numpy as np
import pytest
import xarray as xr

from learning_geometry.records import MissingExperiment, Records
from learning_geometry.store import Record, Task
from learning_geometry.studies.types import Seed
from learning_geometry.studies.unit import Unit


class Training(Unit):
    seed: Seed
    inputs: str = "binary"
    rate: float = 0.1

    @classmethod
    def experiment(cls) -> str:
        return "training"


class Theory(Unit):
    skew: float

    @classmethod
    def experiment(cls) -> str:
        return "theory"


def record(unit, result):
    return Record(Task("study", unit, "c"), result, seconds=1.0, peak_memory_mb=1.0, environment={})


def curve(start, epochs=(1, 2, 3), **attributes):
    return xr.Dataset({"loss": ("epoch", start + np.array(epochs, float))}, {"epoch": list(epochs)}, attributes)


def test_units_with_seeds_of_their_own_are_joined_along_seed():
    joined = Records([record(Training(seed=seed), curve(10.0 * seed)) for seed in (4, 2, 7)])["training"]
    assert joined.loss.dims == ("seed", "epoch")
    assert joined.seed.values.tolist() == [4, 2, 7]
    for seed in (4, 2, 7):
        np.testing.assert_array_equal(joined.loss.sel(seed=seed), [10 * seed + 1, 10 * seed + 2, 10 * seed + 3])


def test_a_single_unit_with_a_seed_has_the_dimension_too():
    assert Records([record(Training(seed=3), curve(0.0))])["training"].seed.values.tolist() == [3]


def test_a_single_unit_without_a_seed_is_as_it_was_measured():
    xr.testing.assert_identical(Records([record(Theory(skew=0.5), curve(0.0))])["theory"], curve(0.0))


def test_other_units_are_joined_along_unit_with_what_differs_beside_them():
    joined = Records([record(Theory(skew=skew), curve(skew)) for skew in (0.5, 0.1)])["theory"]
    assert joined.loss.dims == ("unit", "epoch")
    np.testing.assert_array_equal(joined.loss.set_index(unit="skew").sel(unit=0.1), [1.1, 2.1, 3.1])


def test_seeds_that_come_twice_are_told_apart_by_the_other_fields():
    units = [Training(seed=seed, inputs=inputs) for inputs in ("binary", "real") for seed in (0, 1)]
    joined = Records([record(unit, curve(k)) for k, unit in enumerate(units)])["training"]
    assert joined.sizes["unit"] == 4
    assert joined.seed.values.tolist() == [0, 1, 0, 1]
    assert joined.inputs.values.tolist() == ["binary", "binary", "real", "real"]
    assert "rate" not in joined.coords  # the same for all


def test_a_field_that_differs_with_the_seed_stands_on_that_dimension():
    units = [Training(seed=0, inputs="binary"), Training(seed=1, inputs="real")]
    joined = Records([record(unit, curve(0.0)) for unit in units])["training"]
    assert joined.inputs.sel(seed=1) == "real"


def test_what_only_some_units_have_is_missing_in_the_others_and_can_be_dropped():
    longer = [record(Training(seed=0), curve(0.0)), record(Training(seed=1), curve(0.0, (1, 2, 3, 4)))]
    joined = Records(longer)["training"]
    assert joined.epoch.values.tolist() == [1, 2, 3, 4]
    assert np.isnan(joined.loss.sel(seed=0, epoch=4))
    assert joined.loss.sel(epoch=4).dropna("seed").seed.values.tolist() == [1]
    # Control: where all have the same, whole numbers stay whole numbers.
    counts = [record(Training(seed=seed), xr.Dataset({"n": seed})) for seed in (0, 1)]
    assert Records(counts)["training"].n.dtype.kind == "i"


def test_facts_in_words_stay_where_all_units_agree():
    agree = [record(Training(seed=seed), curve(0.0, images="digits", size=seed)) for seed in (0, 1)]
    assert Records(agree)["training"].attrs == {"images": "digits"}


def test_parts_are_joined_one_by_one():
    results = [{"layers": curve(seed), "limit": xr.Dataset({"cka": 0.1 * seed})} for seed in (1, 2)]
    records = Records([record(Training(seed=k), result) for k, result in enumerate(results)])
    assert records["training", "layers"].sizes == {"seed": 2, "epoch": 3}
    np.testing.assert_allclose(records["training", "limit"].cka, [0.1, 0.2])
    with pytest.raises(KeyError, match=r"layers, limit; name one of them, not .*limits") as caught:
        records["training", "limits"]
    assert not isinstance(caught.value, MissingExperiment)
    with pytest.raises(KeyError, match="layers, limit") as caught:
        records["training"]
    assert not isinstance(caught.value, MissingExperiment)


def test_select_keeps_the_units_with_the_given_values():
    units = [Training(seed=seed, inputs=inputs) for inputs in ("binary", "real") for seed in (0, 1)]
    records = Records([record(unit, {"fit": curve(k), "other": curve(-k)}) for k, unit in enumerate(units)])
    chosen = records.select("training", inputs="real", part="fit")
    assert chosen.seed.values.tolist() == [0, 1]
    np.testing.assert_array_equal(chosen.loss.sel(epoch=1), [3, 4])
    # What was asked for before does not answer for another question.
    assert records.select("training", inputs="binary", part="fit").loss.sel(epoch=1).values.tolist() == [1, 2]
    assert records.select("training", inputs="real", part="other").loss.sel(epoch=1).values.tolist() == [-1, -2]


def test_of_lists_single_records_in_the_order_of_the_units():
    records = Records([record(Training(seed=seed), curve(seed)) for seed in (3, 1)])
    assert [each.unit.seed for each in records.of("training")] == [3, 1]
    assert records.of("training", seed=1)[0]["loss"][0] == 2.0
    assert len(records) == 2
    assert "training" in records
    assert "theory" not in records


def test_a_missing_experiment_is_named_with_what_there_is():
    records = Records([record(Training(seed=0), curve(0.0))])
    for ask in (lambda: records["theory"], lambda: records.of("theory"), lambda: Records([])["theory"]):
        with pytest.raises(MissingExperiment, match="no record of 'theory'") as caught:
            ask()
        assert caught.value.experiment == "theory"
        assert isinstance(caught.value, KeyError)
    with pytest.raises(MissingExperiment, match=r"with inputs = 'real'; there are records of training"):
        records.select("training", inputs="real")


def test_a_field_that_units_do_not_have_is_an_error_and_no_missing_experiment():
    records = Records([record(Training(seed=0), curve(0.0))])
    with pytest.raises(AttributeError, match="input"):
        records.select("training", input="real")
