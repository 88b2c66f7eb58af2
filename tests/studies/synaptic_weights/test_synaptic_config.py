"""What the study of synaptic weights may be asked: parameters that do not agree are refused, and data identify their units."""

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from made_up_synaptic import STUDY, tables
from scipy import stats


def units(**given: Any) -> list[Any]:
    return list(STUDY.config(given=given).shifted().units())


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            {"undertrained": "recurrent", "networks": {"perceptron": 8}},
            "undertrained = 'recurrent' is none of networks",
        ),
        ({"max_epochs": 29}, "max_epochs = 29 is below epochs = 30; raise it"),
        ({"images": "ylecun/mnist"}, "'ylecun/mnist' is no folder, .* a commit of 40 hexadecimal digits, not ''"),
        ({"dimensions": [50, 200]}, r"dimensions = \[50, 200\] begin below 100"),
        ({"noise_synapses": [9, 20]}, r"noise_synapses = \[9, 20\] begin below 10"),
        ({"noises": [0.0, 1.0]}, "noises = .* must stay below 1"),
        ({"shape_synapses": 200, "shape_samples": 72}, "shape_samples = 72 are too many .*; pass at most 71"),
        ({"synapse_column": "before"}, "synapse_column is 'before', a column of sizes; name one of names, or none"),
        ({"before_column": "size", "after_column": "size"}, "before_column and after_column are both 'size'"),
        ({"paired_sizes": "nowhere.csv"}, "paired_sizes = 'nowhere.csv' is no file; give the path of a CSV file"),
        ({"spine_table": "."}, "spine_table = '.' is no file"),
        ({"pretrained": {"a/b": []}}, "'a/b' needs at least one revision"),
        ({"pretrained": {"a/b": ["main"]}}, "photographs = '' is no folder; .* labelled images of your own"),
    ],
    ids=str,
)
def test_parameters_that_do_not_agree_are_refused_with_a_remedy(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("paired_sizes", "before,later\n1,2\n", "pairs.csv has no column 'after'; its columns are before, later"),
        ("paired_sizes", "before,after\n1,2\n3,0\n", "line 3 of pairs.csv: 'after' is 0; a size must be positive"),
        ("spine_table", "id,spine_vol_um3\n1,2\n", "spines.csv has no column 'pre_root_id'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_before_any_work(
    name: str, text: str, complaint: str, tmp_path: Path
) -> None:
    given = tables(tmp_path)
    Path(given[name]).write_text(text)
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_with_as_many_samples_as_are_granted_weights_of_any_signs_interpolate() -> None:
    """The chance that they do not is that of fewer than N heads among D coins; it rises steeply above the limit."""
    for weights in (50, 200, 2000):
        most = int(weights / 2 - 2 * weights**0.5)
        assert STUDY.config(given={"shape_synapses": weights, "shape_samples": most})
        assert stats.binom.cdf(most - 1, weights, 0.5) < 1e-4
    # For the regressions, whose N is D^(3/4): hardly ever at the least D that is granted, often at half of it.
    assert stats.binom.cdf(int(100**0.75) - 1, 100, 0.5) < 1e-4 < 1e-2 < stats.binom.cdf(int(50**0.75) - 1, 50, 0.5)


def test_units_come_longest_first_and_there_is_one_for_each(tmp_path: Path) -> None:
    order = groupby(unit.experiment() for unit in units(**tables(tmp_path), seeds=[4, 2, 3], example_seeds=[0]))
    assert [(name, len(list(group))) for name, group in order] == [
        ("pretrained", 6),
        ("networks", 3),
        ("regression", 1),
        ("power", 1),
        ("noise", 1),
        ("regression", 3),
        ("shapes", 1),
        ("simulation", 1),
        ("dynamics", 1),
        ("example", 1),
        ("pairs", 1),
        ("spines", 1),
    ]


@pytest.mark.parametrize(
    ("given", "concerned"),
    [
        ({"max_epochs": 160}, {"networks", "pretrained"}),
        ({"undertrained_epochs": 2}, {"networks"}),
        ({"device": "cuda"}, set()),
        ({"draw_seeds": [0, 1]}, {"regression", "simulation"}),
        ({"shape_samples": 31}, {"shapes"}),
        ({"power_seeds": [7]}, {"power"}),
        ({"noise_replicates": 11}, {"noise"}),
        ({"example_seeds": [7]}, {"dynamics", "example"}),
        ({"measurement_noise": 0.03}, {"pairs"}),
        ({"photograph_size": 32}, {"pretrained"}),
    ],
    ids=str,
)
def test_a_parameter_changes_only_the_units_that_it_concerns(
    given: dict[str, Any], concerned: set[str], tmp_path: Path
) -> None:
    asked = tables(tmp_path)
    before, after = (Counter(map(repr, units(**asked, **changed))) for changed in ({}, given))
    changed = {text.partition("(")[0].lower() for text in (before - after) + (after - before)}
    assert changed == concerned


def test_an_edited_table_is_a_new_unit_and_a_touched_one_is_not(tmp_path: Path) -> None:
    asked = tables(tmp_path)
    first = units(**asked)
    for name in ("paired_sizes", "spine_table"):
        path = Path(asked[name])
        text = path.read_text()
        path.write_text(text)  # only its time is new
        assert units(**asked) == first
        path.write_text(text.replace("1", "2", 1))
        edited = [unit.experiment() for unit, old in zip(units(**asked), first, strict=True) if unit != old]
        assert edited == [{"paired_sizes": "pairs", "spine_table": "spines"}[name]]
        path.write_text(text)
