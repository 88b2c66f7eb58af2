"""What the study of synaptic weights may be asked: wrong wishes are refused by name, and units come longest first."""

import importlib
import inspect
import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from learning_geometry.store import canonical
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scale_parameters

STUDY = STUDIES["synaptic_weights"]
EXPERIMENTS = [
    "pretrained",
    "networks",
    "regression",
    "power",
    "noise",
    "shapes",
    "simulation",
    "dynamics",
    "example",
    "spines",
]
COMMIT = "77f3279092a1c1579b2250db8eafed0ad422088c"
PAIRS = "synapse,before,after\n" + "".join(f"s{i},{i + 1},{i + 1.1 + 0.1 * (i % 3)}\n" for i in range(20))
SPINES = "id,pre_root_id,post_root_id,spine_vol_um3\n" + "".join(f"{i},1,{i},0.{i + 1}\n" for i in range(20))

# The notebook's own values may change; what is tested here does not.
BASE: dict[str, Any] = {
    "seeds": [10, 11],
    "images": "digits",
    "images_revision": "",
    "networks": {"recurrent": 16, "perceptron": 16, "convolutional": 8},
    "hardly": "convolutional",
    "epochs": 30,
    "max_epochs": 150,
    "device": "cpu",
    "draws": 3,
    "dimensions": [100, 200],
    "shape_synapses": 200,
    "shape_samples": 30,
    "recorded_changes": [0.1, 0.3],
    "recorded_spreads": [0.4, 0.8],
    "noises": [0.0, 0.05, 0.1],
    "noise_synapses": [30, 60, 90],
    "paired_sizes": "",
    "before_column": "before",
    "after_column": "after",
    "synapse_column": "",
    "spine_table": "",
    "pretrained": {},
    "photographs": "",
    "pretrained_seeds": [0, 1],
}

NUMBERS: dict[str, tuple[list[Any], list[Any]]] = {
    # Of each number: what is refused, and the extremes that are granted.
    "pretraining_epochs": ([0, -1, 1.5], [1]),
    "pretraining_learning_rate": ([0.0, -0.1, float("inf"), float("nan")], [1e-9]),
    "hardly_epochs": ([0], [1]),
    "hardly_learning_rate": ([0.0, float("nan")], [1e-9]),
    "momentum": ([1.0, -0.1, float("nan")], [0.0, 0.999]),
    "batch_size": ([0], [1]),
    "epochs": ([0], [1, 150]),
    "max_epochs": ([0], [30]),
    "draws": ([0], [1]),
    "simulated_synapses": ([19, 5001], [20, 5000]),
    "simulated_change": ([0.0, float("inf")], [1e-9]),
    "covariance_power": ([0.0, -1.0], [1e-9]),
    "shape_draws": ([0], [1]),
    "shape_synapses": ([49, 5001], [5000]),
    "shape_samples": ([0], [1, 71]),
    "label_scale": ([0.0], [1e-9]),
    "recorded_replicates": ([39], [40]),
    "recorded_most": ([99, 5001], [100, 5000]),
    "noise_change": ([0.0], [1e-9]),
    "noise_spread": ([0.0, float("inf")], [1e-9]),
    "noise_replicates": ([9], [10]),
    "measurement_noise": ([-0.1, 1.0, float("nan")], [0.0, 0.99]),
    "photograph_size": ([15], [16]),
    "pretrained_batch_size": ([0], [1]),
}

LISTS: dict[str, tuple[list[Any], list[Any]]] = {
    # Of each list: elements that are refused, wherever they stand, and a list that is granted.
    "seeds": ([-1, 1.5], [0]),
    "learning_rates": ([0.0, -1.0, float("inf")], [1e-9, 1e3]),
    "dimensions": ([99], [100, 20_000]),
    "recorded_changes": ([0.0, float("nan")], [1e-9]),
    "recorded_spreads": ([0.0, float("inf")], [1e-9, 3.0]),
    "noises": ([-0.01, 1.0, float("nan")], [0.0]),
    "noise_synapses": ([9], [10]),
    "pretrained_seeds": ([-1], [7]),
    "pretrained_learning_rates": ([0.0], [1e-9]),
}

OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"images": "ylecun/mnist"}, "'ylecun/mnist' is no folder, .* revision a commit of 40 hexadecimal digits, not ''"),
    ({"images": "ylecun/mnist", "images_revision": "main"}, "a commit of 40 hexadecimal digits, not 'main'"),
    ({"images_revision": COMMIT}, f"'digits' has no revision, but '{COMMIT}' was given; pass an empty one"),
    ({"images": ""}, "parameter 'images' = '': String should have at least 1 character"),
    ({"networks": {}}, "networks = {} must name some of recurrent, perceptron, convolutional"),
    ({"networks": {"transformer": 8}}, "must name some of recurrent, perceptron, convolutional"),
    ({"networks": {"recurrent": 16, "transformer": 8}}, "networks = .*'transformer': 8.* must name some of recurrent"),
    (
        {"hardly": "recurrent", "networks": {"perceptron": 8}},
        "hardly = 'recurrent' is none of networks = {'perceptron': 8}; name one of them",
    ),
    ({"networks": {"recurrent": 3}}, "parameter 'networks.recurrent' = 3: Input should be greater than or equal to 4"),
    ({"initial": "normal"}, "parameter 'initial' = 'normal': .*'log-normal' or 'uniform'"),
    ({"pretraining": "sgd"}, "parameter 'pretraining' = 'sgd': .*'euclidean' or 'matched'"),
    ({"max_epochs": 29}, "max_epochs = 29 is below epochs = 30; raise it"),
    ({"device": "gpu"}, r"parameter 'device' = 'gpu': .*cpu\|cuda"),
    ({"device": "cuda:a"}, "parameter 'device' = 'cuda:a'"),
    ({"device": "xcpu"}, "parameter 'device' = 'xcpu'"),
    ({"shape_samples": 72}, "shape_samples = 72 are too many for shape_synapses = 200: .*; pass at most 71"),
    ({"synapse_column": "before"}, "synapse_column is 'before', a column of sizes; name one of names, or none"),
    ({"before_column": "size", "after_column": "size"}, "before_column and after_column are both 'size'; name two"),
    ({"before_column": 1}, "parameter 'before_column' = 1"),
    ({"after_column": 2}, "parameter 'after_column' = 2"),
    ({"synapse_column": 0}, "parameter 'synapse_column' = 0"),
    ({"paired_sizes": "nowhere.csv"}, "paired_sizes = 'nowhere.csv' is no file; give the path of a CSV file, or \"\""),
    ({"paired_sizes": "."}, "paired_sizes = '.' is no file"),
    ({"spine_table": "nowhere.csv"}, "spine_table = 'nowhere.csv' is no file; give the path of a CSV file"),
    ({"pretrained": {"a/b": []}}, "'a/b' needs at least one revision"),
    ({"pretrained": {"a/b": ["main", "main"]}}, "'a/b' is asked twice for 'main'; name each revision once"),
    ({"pretrained": {"no such/model": ["main"]}}, "'no such/model' is neither a folder nor the name"),
    ({"pretrained": {"a/b": ["main"]}}, "photographs = '' is no folder; .* fine-tuned on labelled images of your own"),
    (
        {"pretrained": {"a/b": ["main"]}, "photographs": "nowhere"},
        "photographs = 'nowhere' is no folder; .* fine-tuned on labelled images of your own",
    ),
    ({"seed": 3}, "unknown parameter 'seed'.*Known parameters: seeds, images"),
]


def configured(**given: Any) -> Any:
    return STUDY.config(given=BASE | given)


def planned(config: Any) -> list[tuple[str, str]]:
    """Experiments and their parameters, without the fingerprints of their code, which take time."""
    return [(experiment, canonical(parameters)) for experiment, parameters in STUDY.module("config").units(config)]


def refused(**given: Any) -> str:
    with pytest.raises(ValueError, match=r"^synaptic_weights: ") as caught:
        configured(**given)
    return str(caught.value)


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Any]:
    """Wishes for the reader's own tables and for pretrained networks, with what they need on disk."""
    (tmp_path / "pairs.csv").write_text(PAIRS)
    (tmp_path / "spines.csv").write_text(SPINES)
    (tmp_path / "photographs").mkdir()
    return {
        "paired_sizes": str(tmp_path / "pairs.csv"),
        "spine_table": str(tmp_path / "spines.csv"),
        "photographs": str(tmp_path / "photographs"),
        "pretrained": {"microsoft/resnet-18": ["main", "other"], "google/vit-base-patch16-224": ["main"]},
    }


def test_every_parameter_has_a_wish_that_is_refused() -> None:
    tried = {*NUMBERS, *LISTS, *(name for given, _ in OTHERS for name in given)} - {"seed"}
    assert tried == set(STUDY.module("config").Config.model_fields)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_beyond_their_bounds_are_refused_by_name_and_at_them_granted(name: str) -> None:
    beyond, at = NUMBERS[name]
    for value in beyond:
        message = refused(**{name: value})
        assert f"parameter '{name}' = {value!r}: Input should be" in message
    for value in at:
        assert getattr(configured(**{name: value}), name) == value


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_refused_by_the_element_that_is_wrong(name: str) -> None:
    wrong, granted = LISTS[name]
    assert f"parameter '{name}' = []: List should have at least 1 item" in refused(**{name: []})
    for value in wrong:
        assert f"parameter '{name}.1' = {value!r}: Input should be" in refused(**{name: [*granted[:1], value]})
    assert getattr(configured(**{name: granted}), name) == granted


@pytest.mark.parametrize(
    ("given", "complaint"), OTHERS, ids=lambda value: "-".join(value) if isinstance(value, dict) else ""
)
def test_wrong_wishes_are_refused_with_a_remedy(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("paired_sizes", "before,later\n1,2\n", "pairs.csv has no column 'after'; its columns are before, later"),
        ("paired_sizes", "before,after\n1,2\n3,0\n", "line 3 of pairs.csv: 'after' is 0; a size must be positive"),
        ("spine_table", "id,spine_vol_um3\n1,2\n", "spines.csv has no column 'pre_root_id'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_before_any_work(
    tables: dict[str, Any], name: str, text: str, complaint: str
) -> None:
    assert configured(**tables)
    Path(tables[name]).write_text(text)
    assert complaint in refused(**tables)


def test_with_as_many_samples_as_are_granted_weights_of_any_signs_interpolate() -> None:
    """The chance that they do not is that of fewer than N heads among D coins; it rises steeply above the limit."""
    for weights in (50, 200, 2000):
        most = int(weights / 2 - 2 * weights**0.5)
        assert configured(shape_synapses=weights, shape_samples=most)
        assert stats.binom.cdf(most - 1, weights, 0.5) < 1e-4
        refused(shape_synapses=weights, shape_samples=most + 1)
    # For the regressions, whose N is D^(3/4): hardly ever at the least D that is granted, often at half of it.
    assert stats.binom.cdf(int(100**0.75) - 1, 100, 0.5) < 1e-4 < 1e-2 < stats.binom.cdf(int(50**0.75) - 1, 50, 0.5)


@pytest.mark.parametrize("name", ["dimensions", "noises", "noise_synapses", "recorded_changes", "recorded_spreads"])
def test_scales_must_rise(name: str) -> None:
    values = BASE[name]
    for wrong in (values[::-1], [*values, values[-1]]):
        assert f"{name} = {wrong} must rise, without repetition" in refused(**{name: wrong})
    assert configured(**{name: values[:1]})


@pytest.mark.parametrize("name", ["seeds", "pretrained_seeds"])
def test_no_seed_counts_twice(name: str) -> None:
    assert f"{name} = [5, 6, 5] holds a seed twice" in refused(**{name: [5, 6, 5]})
    assert getattr(configured(**{name: [6, 5]}), name) == [6, 5]


def test_what_is_not_asked_for_is_not_checked() -> None:
    config = configured(photographs="nowhere", synapse_column="nowhere", measurement_noise=0.5)
    assert {experiment for experiment, _ in planned(config)} == set(EXPERIMENTS) - {"pretrained", "spines"}


def test_units_come_longest_first_as_declared_and_there_is_one_for_each(tables: dict[str, Any]) -> None:
    units = STUDY.units(configured(**tables, seeds=[4, 2, 3]))
    order = [(name, len(list(group))) for name, group in groupby(unit.experiment for unit in units)]
    assert order == [
        ("pretrained", 6),
        ("networks", 3),
        ("regression", 1),
        ("power", 1),
        ("noise", 1),
        ("regression", 4),
        ("shapes", 1),
        ("simulation", 1),
        ("dynamics", 1),
        ("example", 1),
        ("spines", 1),
    ]
    assert list(dict.fromkeys(unit.experiment for unit in units)) == EXPERIMENTS
    asked = [(unit.parameters["model"], unit.parameters["revision"], unit.parameters["seed"]) for unit in units[:6]]
    models = [
        ("microsoft/resnet-18", "main"),
        ("microsoft/resnet-18", "other"),
        ("google/vit-base-patch16-224", "main"),
    ]
    assert asked == [(*model, seed) for model in models for seed in (0, 1)]
    regressions = [unit.parameters for unit in units if unit.experiment == "regression"]
    assert [(one["power"], one["inputs"]) for one in regressions] == [
        (0.75, "correlated"),
        (0.5, "correlated"),
        (0.5, "heavy-tailed"),
        (0.5, "binary"),
        (0.0, "binary"),
    ]
    assert [one["dimensions"] for one in regressions] == [[100, 200], [100, 200], [200], [200], [200]]
    assert [unit.parameters["seed"] for unit in units if unit.experiment == "networks"] == [4, 2, 3]
    assert len({unit.key for unit in units}) == len(units)
    for unit in units:
        assert unit.name == f"{unit.experiment}-{unit.key}"


def test_one_table_is_enough_and_both_are_one_unit(tables: dict[str, Any]) -> None:
    for given in (["paired_sizes"], ["spine_table"], ["paired_sizes", "spine_table"]):
        units = STUDY.module("config").units(configured(**{name: tables[name] for name in given}))
        (spines,) = [parameters for experiment, parameters in units if experiment == "spines"]
        assert (spines["paired"], spines["spine_table"]) == tuple(
            tables[name] if name in given else "" for name in ("paired_sizes", "spine_table")
        )
        assert [bool(spines["paired_digest"]), bool(spines["spine_digest"])] == [
            "paired_sizes" in given,
            "spine_table" in given,
        ]


def test_names_are_stable_and_an_edited_table_is_a_new_unit(tables: dict[str, Any]) -> None:
    def names() -> dict[str, str]:
        return {unit.name: unit.experiment for unit in STUDY.units(configured(**tables))}

    first = names()
    text = {name: Path(tables[name]).read_text() for name in ("paired_sizes", "spine_table")}
    for name, was in text.items():
        Path(tables[name]).write_text(was)  # only its time is new
    assert names() == first
    for name, was in text.items():
        before = set(planned(configured(**tables)))
        Path(tables[name]).write_text(was.replace("1", "2", 1))
        after = set(planned(configured(**tables)))
        assert sorted(experiment for experiment, _ in before ^ after) == ["spines", "spines"]
    edited = names()
    assert [edited[name] for name in set(edited) - set(first)] == ["spines"]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_each_experiment_takes_exactly_the_parameters_of_its_units(tables: dict[str, Any], experiment: str) -> None:
    wanted = [
        parameters for name, parameters in STUDY.module("config").units(configured(**tables)) if name == experiment
    ]
    module = importlib.import_module(f"learning_geometry.studies.synaptic_weights.{experiment}")
    signature = inspect.signature(module.measure)
    assert wanted
    for parameters in wanted:
        assert set(parameters) == set(signature.parameters)
        signature.bind(**parameters)
        assert json.loads(canonical(parameters)) == parameters  # plain data, which comes back as it was
    assert {each.kind for each in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in signature.parameters.values()} == {inspect.Parameter.empty}


CONCERNED: list[tuple[dict[str, Any], set[str]]] = [
    ({"seeds": [10]}, {"networks"}),
    ({"networks": {"convolutional": 8}}, {"networks"}),
    ({"hardly": "recurrent"}, {"networks"}),
    ({"initial": "uniform"}, {"networks"}),
    ({"hardly_epochs": 2}, {"networks"}),
    ({"learning_rates": [0.3]}, {"networks"}),
    ({"batch_size": 7}, {"networks"}),
    ({"momentum": 0.5}, {"networks", "pretrained"}),
    ({"epochs": 29}, {"networks", "pretrained"}),
    ({"max_epochs": 160}, {"networks", "pretrained"}),
    ({"device": "cuda"}, {"networks", "pretrained"}),
    ({"draws": 4}, {"regression", "simulation"}),
    ({"dimensions": [100, 300]}, {"regression"}),
    ({"covariance_power": 1.0}, {"regression"}),
    ({"simulated_change": 0.2}, {"simulation"}),
    ({"shape_samples": 31}, {"shapes"}),
    ({"shape_draws": 7}, {"shapes"}),
    ({"recorded_most": 101}, {"power"}),
    ({"noise_replicates": 11}, {"noise"}),
    ({"measurement_noise": 0.03}, {"spines"}),
    ({"synapse_column": "synapse"}, {"spines"}),
    ({"pretrained_seeds": [0]}, {"pretrained"}),
    ({"pretrained_learning_rates": [0.3]}, {"pretrained"}),
    ({"photograph_size": 32}, {"pretrained"}),
]


@pytest.mark.parametrize(("given", "concerned"), CONCERNED, ids=[next(iter(given)) for given, _ in CONCERNED])
def test_a_parameter_changes_only_the_units_that_it_concerns(
    tables: dict[str, Any], given: dict[str, Any], concerned: set[str]
) -> None:
    before, after = (set(planned(configured(**(tables | one)))) for one in ({}, given))
    assert {experiment for experiment, _ in before ^ after} == concerned


def test_a_seed_s_unit_does_not_depend_on_the_other_seeds() -> None:
    few, many = (
        {unit.parameters["seed"]: unit.name for unit in STUDY.units(configured(seeds=seeds)) if "networks" in unit.name}
        for seeds in ([10, 11], [9, 11, 10])
    )
    assert {seed: many[seed] for seed in few} == few


@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_every_scale_validates_and_wants_every_experiment(scale: str, tmp_path: Path) -> None:
    units = STUDY.module("config").units(STUDY.config(scale))
    assert {experiment for experiment, _ in units} == set(EXPERIMENTS) - {"pretrained", "spines"}
    # The paper's models need photographs, which are the reader's.
    models = ("microsoft/resnet-18", "facebook/convnext-tiny-224", "google/vit-base-patch16-224")
    given = {"pretrained": {model: ["main"] for model in models}, "photographs": str(tmp_path)}
    asked = STUDY.module("config").units(STUDY.config(scale, given))
    assert [experiment for experiment, _ in asked].count("pretrained") == 9


def test_the_paper_s_scale_is_larger_in_every_number_of_weights_and_seeds() -> None:
    paper, laptop = STUDY.config("paper"), STUDY.config("laptop")
    assert scale_parameters("paper", "synaptic_weights")
    assert len(paper.seeds) > len(laptop.seeds)
    assert paper.dimensions[-1] > laptop.dimensions[-1]
    assert all(paper.networks[name] > units for name, units in laptop.networks.items())


LIGHT = """
import sys
from pathlib import Path
from learning_geometry.studies import STUDIES
study = STUDIES["synaptic_weights"]
for scale in ("smoke", "laptop", "paper"):
    given = {"pretrained": {"microsoft/resnet-18": ["main"]}, "photographs": sys.argv[1],
             "paired_sizes": sys.argv[2], "spine_table": sys.argv[3]}
    units = study.units(study.config(scale, given))
    assert {"pretrained", "spines"} <= {unit.experiment for unit in units}
try:
    study.config("laptop", {"seeds": [1, 1]})
except ValueError:
    pass
else:
    raise AssertionError
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_plans_and_refusals_load_no_heavy_library(tables: dict[str, Any]) -> None:
    """In a fresh interpreter, all that a plan imports, at whatever level, is seen."""
    paths = [tables[name] for name in ("photographs", "paired_sizes", "spine_table")]
    heavy = {"torch", "scipy", "matplotlib", "transformers", "sklearn", "datasets", "pandas"}

    answer = subprocess.run([sys.executable, "-c", LIGHT, *paths], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    loaded = set(answer.stdout.split())
    assert {"pydantic", "numpy"} <= loaded  # negative control: what is used is seen
    assert not heavy & loaded
