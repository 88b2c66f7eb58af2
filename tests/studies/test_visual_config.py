"""What the study of visual representations may be asked: wrong wishes are refused by name, and units come longest first."""

import importlib
import inspect
import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_nsd

from learning_geometry.instruments.scale_free import window
from learning_geometry.materials.nsd_files import AREAS
from learning_geometry.store import canonical
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scale_parameters, validated
from learning_geometry.studies.visual_cortex.config import ALARMS, POWER_SPECTRA, SPECTRA, Config, units

EXPERIMENTS = [
    "brain",
    "brain_pairs",
    "pretrained",
    "networks",
    "false_alarms",
    "power",
    "hierarchy",
    "estimators",
    "theory",
]
OF_YOUR_OWN = {"brain", "brain_pairs", "pretrained"}  # for which data are needed that the project has not

# The notebook's own values may change; what is tested here does not.
BASE: dict[str, Any] = {
    "area_seeds": [0, 1],
    "area_stimuli": 500,
    "area_voxels": 300,
    "repeats": 3,
    "snr": 0.2,
    "correlated": 0.5,
    "noise_components": 20,
    "tested_areas": 50,
    "tested_stimuli": 200,
    "tested_voxels": 120,
    "tested_bootstrap": 39,
    "power_stimuli": [100, 200],
    "power_voxels": [60, 120],
    "power_areas": 16,
    "hierarchy_seeds": [10, 11],
    "hierarchy_stimuli": 500,
    "hierarchy_voxels": 200,
    "patch_size": 32,
    "wavelengths": [4, 8, 16],
    "orientations": 4,
    "texture_classes": 50,
    "texture_examples": 1000,
    "n_bootstrap": 99,
    "seeds": [10, 11, 12],
    "training_images": 5000,
    "test_images": 1000,
    "probe_images": 2000,
    "width": 16,
    "features": 256,
    "embedding": 128,
    "steps": 200,
    "fine_tuning_steps": 200,
    "batch_size": 96,
    "learning_rate": 0.001,
    "fine_tuning_learning_rate": 0.002,
    "weight_decay": 0.0001,
    "off_diagonal": 0.01,
    "windows": [[1, 30], [1, 60]],
    "noise": [0.1, 0.2],
    "attacks": [0.02, 0.05],
    "device": "cpu",
    "nsd_root": "",
    "nsd_subjects": [],
    "nsd_areas": [],
    "nsd_sessions": 40,
    "nsd_bootstrap": 200,
    "vision_models": {},
    "photographs": "",
    "photograph_count": 2000,
    "photograph_size": 224,
    "pooling": "mean",
    "vision_batch_size": 32,
}

NUMBERS: dict[str, tuple[list[Any], list[Any]]] = {
    # Of each number: what is refused, and the extremes that are granted.
    "area_stimuli": ([0, 1.5], [24]),
    "area_voxels": ([0], [44]),
    "repeats": ([2, 0], [3, 20]),
    "snr": ([0.0, -0.1, float("inf"), float("nan")], [1e-9, 1e9]),
    "correlated": ([-0.1, 1.1, float("nan")], [0.0, 1.0]),
    "noise_components": ([0, -1], [1, 36]),
    "tested_areas": ([0], [1]),
    "tested_stimuli": ([0], [24]),
    "tested_voxels": ([0], [44]),
    "tested_bootstrap": ([18], [19]),
    "power_areas": ([9, 0], [10]),
    "hierarchy_stimuli": ([0], [500]),
    "hierarchy_voxels": ([0], [44]),
    "patch_size": ([15, 428], [16, 64]),
    "orientations": ([1], [2]),
    "texture_classes": ([3], [50]),
    "texture_examples": ([0], [1000]),
    "n_bootstrap": ([18], [19]),
    "training_images": ([0], [2000]),
    "test_images": ([0], [61]),
    "probe_images": ([0], [1, 5000]),
    "width": ([0], [1]),
    "features": ([0], [60]),
    "embedding": ([0], [1]),
    "steps": ([0], [1]),
    "fine_tuning_steps": ([0], [1]),
    "batch_size": ([1], [2, 5000]),
    "learning_rate": ([0.0, float("inf")], [1e-9]),
    "fine_tuning_learning_rate": ([0.0, float("nan")], [1e-9]),
    "weight_decay": ([-1e-9, float("inf"), float("nan")], [0.0]),
    "off_diagonal": ([0.0, -1.0], [1e-9]),
    "nsd_sessions": ([0, 41], [1, 40]),
    "nsd_bootstrap": ([18], [19]),
    "photograph_count": ([1], [2000]),
    "photograph_size": ([15], [16]),
    "vision_batch_size": ([0], [1]),
}

LISTS: dict[str, tuple[list[Any], list[Any]]] = {
    # Of each list: elements that are refused, wherever they stand, and a list that is granted.
    "area_seeds": ([-1, 1.5], [0]),
    "hierarchy_seeds": ([-1], [7]),
    "seeds": ([-1, 1.5], [0]),
    "power_stimuli": ([0, 1.5], [24]),
    "power_voxels": ([0], [44, 5000]),
    "wavelengths": ([0, 4.5], [4]),
    "noise": ([0.0, -0.1, float("inf"), float("nan")], [1e-9]),
    "attacks": ([0.0, float("nan")], [1e-9]),
}

OTHERS: list[tuple[dict[str, Any], str]] = [
    (
        {"area_stimuli": 23},
        "area_stimuli = 23 and area_voxels = 300 are too few for noise_components = 20: 24 stimuli, and",
    ),
    ({"area_voxels": 43}, "area_stimuli = 500 and area_voxels = 43 are too few .* 24 voxels more than components"),
    ({"tested_stimuli": 23}, "tested_stimuli = 23 and tested_voxels = 120 are too few"),
    ({"tested_voxels": 43}, "tested_stimuli = 200 and tested_voxels = 43 are too few"),
    ({"power_stimuli": [23, 100]}, "power_stimuli = 23 and power_voxels = 60 are too few"),
    ({"power_voxels": [43, 100]}, "power_stimuli = 100 and power_voxels = 43 are too few"),
    ({"hierarchy_stimuli": 23}, "hierarchy_stimuli = 23 and hierarchy_voxels = 200 are too few"),
    ({"hierarchy_voxels": 43}, "hierarchy_stimuli = 500 and hierarchy_voxels = 43 are too few"),
    ({"noise_components": 37}, "power_stimuli = 100 and power_voxels = 60 are too few for noise_components = 37"),
    ({"windows": []}, "parameter 'windows' = .*: List should have at least 1 item"),
    ({"windows": [[1]]}, "parameter 'windows.0' = .*: List should have at least 2 items"),
    ({"windows": [[1, 2, 30]]}, "parameter 'windows.0' = .*: List should have at most 2 items"),
    ({"windows": [[0, 30]]}, "parameter 'windows.0.0' = 0: Input should be greater than or equal to 1"),
    (
        {"windows": [[30, 30]]},
        r"windows holds \[30, 30\]; ranks rise from 1 to 256, which features = 256 and test_images",
    ),
    ({"windows": [[60, 30]]}, r"windows holds \[60, 30\]; ranks rise"),
    ({"windows": [[1, 257]]}, r"windows holds \[1, 257\]; ranks rise from 1 to 256"),
    (
        {"windows": [[1, 60]], "test_images": 60},
        r"windows holds \[1, 60\]; ranks rise from 1 to 59, .* test_images = 60",
    ),
    ({"windows": [[1, 60]], "features": 59}, r"windows holds \[1, 60\]; ranks rise from 1 to 59, which features = 59"),
    (
        {"windows": [[1, 60], [1, 11]]},
        r"windows = \[\[1, 60\], \[1, 11\]\] must end at rank 12 or later, for there to be",
    ),
    (
        {"training_images": 1999},
        "training_images = 1999 are fewer than batch_size = 96 or probe_images = 2000; raise it",
    ),
    ({"batch_size": 5001}, "training_images = 5000 are fewer than batch_size = 5001"),
    ({"windows": [[1, 2], [1, 60]]}, r"windows holds \[1, 2\], too few ranks for a curvature; widen it"),
    ({"windows": [[59, 60]]}, r"windows holds \[59, 60\], too few ranks"),
    (
        {"wavelengths": [4, 12]},
        r"wavelengths = \[4, 12\] do not go with patch_size = 32; take multiples of 4, each twice",
    ),
    ({"wavelengths": [8, 4]}, r"wavelengths = \[8, 4\] do not go"),
    ({"wavelengths": [6, 12]}, r"wavelengths = \[6, 12\] do not go"),
    ({"patch_size": 24}, r"wavelengths = \[4, 8, 16\] do not go with patch_size = 24"),
    ({"texture_examples": 49}, "texture_examples = 49 are fewer than texture_classes = 50; raise it"),
    (
        {"hierarchy_stimuli": 40},
        "hierarchy_stimuli = 40 are too few to describe 50 texture_classes; take more, or fewer",
    ),
    ({"texture_classes": 30, "hierarchy_stimuli": 29}, "hierarchy_stimuli = 29 are too few to describe 30"),
    ({"device": "gpu"}, r"parameter 'device' = 'gpu': .*cpu\|cuda"),
    ({"device": "cuda:a"}, "parameter 'device' = 'cuda:a'"),
    ({"device": "xcpu"}, "parameter 'device' = 'xcpu'"),
    ({"pooling": "max"}, "parameter 'pooling' = 'max': .*'mean' or 'class'"),
    ({"nsd_subjects": [0]}, "parameter 'nsd_subjects.0' = 0: Input should be greater than or equal to 1"),
    ({"nsd_subjects": [9]}, "parameter 'nsd_subjects.0' = 9: Input should be less than or equal to 8"),
    ({"nsd_areas": ["V1", "V9"]}, "nsd_areas holds 'V9'; known: V1, V2, V3, hV4, OFA"),
    ({"nsd_root": "nowhere"}, r"nsd_root is given, but nsd_subjects = \[\], nsd_areas = \[\]; name some of both"),
    (
        {"nsd_root": "nowhere", "nsd_subjects": [1]},
        r"nsd_root is given, but nsd_subjects = \[1\], nsd_areas = \[\]; name some of both",
    ),
    (
        {"nsd_root": "nowhere", "nsd_areas": ["V1"]},
        r"nsd_subjects = \[\], nsd_areas = \['V1'\]; name some of both",
    ),
    (
        {"nsd_root": "nowhere", "nsd_subjects": [1], "nsd_areas": ["V2"]},
        "nowhere is no folder; it must hold nsddata and nsddata_betas: accept the terms",
    ),
    ({"vision_models": {"a/b": []}}, "'a/b' needs at least one revision"),
    ({"vision_models": {"a/b": ["main", "main"]}}, "'a/b' is asked twice for 'main'; name each revision once"),
    ({"vision_models": {"no such/model": ["main"]}}, "'no such/model' is neither a folder nor the name"),
    (
        {"vision_models": {"a/b": ["main"]}},
        "photographs = '' is no folder; vision models are shown photographs of your own",
    ),
    (
        {"vision_models": {"a/b": ["main"]}, "photographs": "nowhere"},
        "photographs = 'nowhere' is no folder; vision models",
    ),
    ({"photographs": 1}, "parameter 'photographs' = 1"),
    ({"nsd_root": 1}, "parameter 'nsd_root' = 1"),
    ({"seed": 3}, "unknown parameter 'seed'.*Known parameters: area_seeds, area_stimuli"),
]


def configured(**given: Any) -> Config:
    return validated(Config, BASE | given, "visual_cortex")


def planned(**given: Any) -> list[tuple[str, str]]:
    return [(experiment, canonical(parameters)) for experiment, parameters in units(configured(**given))]


def refused(**given: Any) -> str:
    with pytest.raises(ValueError, match=r"^visual_cortex: ") as caught:
        configured(**given)
    return str(caught.value)


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up data set of two subjects."""
    plan = tiny_nsd.design(40)
    planted = {s: tiny_nsd.plant(plan, s, spectrum=np.arange(1, 41) ** -1.0) for s in (1, 2)}
    return tiny_nsd.write(tmp_path_factory.mktemp("nsd"), plan, planted)


@pytest.fixture
def data(brain: Path, tmp_path: Path) -> dict[str, Any]:
    """Wishes for a brain and for vision models, with what they need on disk."""
    (tmp_path / "photographs").mkdir()
    return {
        "nsd_root": str(brain),
        "nsd_subjects": [1, 2],
        "nsd_areas": ["V2", "hV4"],
        "nsd_sessions": 4,
        "photographs": str(tmp_path / "photographs"),
        "vision_models": {"facebook/dinov2-small": ["main", "other"], "microsoft/resnet-50": ["main"]},
    }


def test_every_parameter_has_a_wish_that_is_refused() -> None:
    tried = {*NUMBERS, *LISTS, *(name for given, _ in OTHERS for name in given)} - {"seed"}
    assert tried == set(Config.model_fields) == set(BASE)


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_beyond_their_bounds_are_refused_by_name_and_at_them_granted(name: str) -> None:
    beyond, at = NUMBERS[name]
    for value in beyond:
        assert f"parameter '{name}' = {value!r}: Input should be" in refused(**{name: value})
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


def test_a_parameter_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="parameter 'snr' is missing"):
        validated(Config, {name: value for name, value in BASE.items() if name != "snr"}, "visual_cortex")


@pytest.mark.parametrize("name", ["power_stimuli", "power_voxels", "noise", "attacks"])
def test_scales_must_rise(name: str) -> None:
    values = BASE[name]
    for wrong in (values[::-1], [*values, values[-1]]):
        assert f"{name} = {wrong} must rise, without repetition" in refused(**{name: wrong})
    assert configured(**{name: values[:1]})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("area_seeds", [5, 6, 5]),
        ("hierarchy_seeds", [5, 6, 5]),
        ("seeds", [5, 6, 5]),
        ("wavelengths", [4, 8, 4]),
        ("nsd_subjects", [2, 1, 2]),
        ("nsd_areas", ["V1", "V2", "V1"]),
    ],
)
def test_nothing_counts_twice(name: str, values: list[Any]) -> None:
    assert f"{name} = {values} holds an entry twice" in refused(**{name: values})
    granted = values[:2]
    assert getattr(configured(**{name: granted}), name) == granted


@pytest.mark.parametrize(
    ("stimuli", "voxels"),
    [
        ("area_stimuli", "area_voxels"),
        ("tested_stimuli", "tested_voxels"),
        ("power_stimuli", "power_voxels"),
        ("hierarchy_stimuli", "hierarchy_voxels"),
    ],
)
def test_the_least_design_that_is_granted_is_the_least_that_can_be_judged(stimuli: str, voxels: str) -> None:
    def given(n: int, p: int) -> dict[str, Any]:
        least = {"texture_classes": 4, "texture_examples": 4} if stimuli == "hierarchy_stimuli" else {}
        listed = isinstance(BASE[stimuli], list)
        return least | {stimuli: [n] if listed else n, voxels: [p] if listed else p}

    assert len(window(24, 44 - 20)) == 5
    assert configured(**given(24, 44))
    for n, p in ((23, 44), (24, 43)):
        refused(**given(n, p))
        with pytest.raises(ValueError, match="5 are needed"):
            window(n, p - 20)


def test_a_brain_s_files_are_looked_for_before_any_work(data: dict[str, Any], brain: Path) -> None:
    assert configured(**data)
    assert "betas_session05.hdf5 is lacking" in refused(**data | {"nsd_sessions": 5})
    assert "subj03" in refused(**data | {"nsd_subjects": [1, 3]})
    assert "floc-places.nii.gz is lacking" in refused(**data | {"nsd_areas": ["PPA"]})
    # V1 is what other areas are compared with, and needed whether or not it is asked for; so is the design.
    for path in (
        "nsddata/ppdata/subj02/func1pt8mm/roi/prf-visualrois.nii.gz",
        "nsddata/experiments/nsd/nsd_expdesign.mat",
    ):
        kept = (brain / path).rename(brain / "elsewhere")
        try:
            assert f"{Path(path).name} is lacking" in refused(**data | {"nsd_areas": ["early"]})
        finally:
            kept.rename(brain / path)


@pytest.mark.parametrize("area", AREAS)
def test_every_area_may_be_asked_for(area: str) -> None:
    assert configured(nsd_areas=[area]).nsd_areas == [area]


def test_vision_models_see_more_photographs_than_ranks_are_described(data: dict[str, Any]) -> None:
    message = refused(**data | {"photograph_count": 60})
    assert (
        "windows holds [1, 60], but photograph_count = 60 images have 59 ranks; end it there, or take more" in message
    )
    assert configured(**data | {"photograph_count": 61})
    assert configured(photograph_count=60)  # none is asked for


def test_what_is_not_asked_for_is_not_checked() -> None:
    wanted = planned(photographs="nowhere", nsd_subjects=[1], nsd_areas=["PPA"], nsd_sessions=3)
    assert {experiment for experiment, _ in wanted} == set(EXPERIMENTS) - OF_YOUR_OWN


def test_units_come_longest_first_and_there_is_one_for_each(data: dict[str, Any]) -> None:
    wanted = units(configured(**data))
    order = [(name, len(list(group))) for name, group in groupby(experiment for experiment, _ in wanted)]
    assert order == [
        ("brain", 4),
        ("brain_pairs", 2),
        ("pretrained", 3),
        ("networks", 3),
        ("false_alarms", 4),
        ("power", 2),
        ("hierarchy", 2),
        ("estimators", 1),
        ("theory", 1),
    ]
    assert [name for name, _ in order] == EXPERIMENTS
    assert len(set(planned(**data))) == len(wanted)
    of = {name: [parameters for experiment, parameters in wanted if experiment == name] for name in EXPERIMENTS}
    assert [(one["subject"], one["area"]) for one in of["brain"]] == [(1, "V2"), (1, "hV4"), (2, "V2"), (2, "hV4")]
    assert {one["reference_area"] for one in of["brain"]} == {"V1"}
    assert [(one["subjects"], one["area"]) for one in of["brain_pairs"]] == [([1, 2], "V2"), ([1, 2], "hV4")]
    assert [(one["model"], one["revision"]) for one in of["pretrained"]] == [
        ("facebook/dinov2-small", "main"),
        ("facebook/dinov2-small", "other"),
        ("microsoft/resnet-50", "main"),
    ]
    assert [one["seed"] for one in of["networks"]] == [10, 11, 12]
    assert [one["seed"] for one in of["hierarchy"]] == [10, 11]
    assert [(one["spectrum_name"], one["noise"]) for one in of["false_alarms"]] == ALARMS
    assert len({one["seed"] for one in of["false_alarms"]}) == len(ALARMS)
    assert [one["stimuli"] for one in of["power"]] == [200, 100]
    assert (of["power"][0]["spectra"], of["estimators"][0]["spectra"]) == (POWER_SPECTRA, SPECTRA)


def test_one_subject_makes_no_pair_and_no_subject_no_brain(data: dict[str, Any]) -> None:
    alone = [experiment for experiment, _ in planned(**data | {"nsd_subjects": [2]})]
    assert (alone.count("brain"), alone.count("brain_pairs")) == (2, 0)
    none = [experiment for experiment, _ in planned(**data | {"nsd_root": ""})]
    assert not {"brain", "brain_pairs"} & set(none)


def test_no_more_noise_is_removed_than_a_third_of_the_dimensions() -> None:
    def removed(**given: Any) -> list[int]:
        (parameters,) = [
            parameters for experiment, parameters in units(configured(**given)) if experiment == "estimators"
        ]
        return list(parameters["removed"])

    assert removed() == [0, 5, 10, 20, 40, 80]
    assert removed(area_voxels=120) == removed(area_stimuli=120) == [0, 5, 10, 20, 40]
    assert removed(area_voxels=44) == [0, 5, 10]


def test_categories_are_described_in_as_many_ranks_as_they_have() -> None:
    def ranks(**given: Any) -> list[list[int]]:
        return [one["ranks"] for experiment, one in units(configured(**given)) if experiment == "hierarchy"]

    assert ranks() == [[1, 40]] * 2
    assert ranks(texture_classes=20) == [[1, 19]] * 2


def test_spectra_that_are_asked_for_exist() -> None:
    from learning_geometry.materials.synthetic_areas import spectrum

    for name in {*SPECTRA, *POWER_SPECTRA, *(name for name, _ in ALARMS)}:
        assert len(spectrum(name, 5)) == 5
    assert SPECTRA[1] == "power law 1.0"  # of which the removal of noise is described
    assert {noise for _, noise in ALARMS} == {"correlated", "aligned"}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_each_experiment_takes_exactly_the_parameters_of_its_units(data: dict[str, Any], experiment: str) -> None:
    wanted = [parameters for name, parameters in units(configured(**data)) if name == experiment]
    module = importlib.import_module(f"learning_geometry.studies.visual_cortex.{experiment}")
    signature = inspect.signature(module.measure)
    assert wanted
    for parameters in wanted:
        assert set(parameters) == set(signature.parameters)
        signature.bind(**parameters)
        assert json.loads(canonical(parameters)) == parameters  # plain data, which comes back as it was
    assert {each.kind for each in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in signature.parameters.values()} == {inspect.Parameter.empty}


@pytest.mark.parametrize("experiment", ["brain", "brain_pairs"])
def test_what_is_planned_of_a_brain_can_be_read(data: dict[str, Any], experiment: str) -> None:
    """The names of areas and subjects are those that the experiment knows; so few voxels are refused by it."""
    wanted = [parameters for name, parameters in units(configured(**data)) if name == experiment]
    module = importlib.import_module(f"learning_geometry.studies.visual_cortex.{experiment}")
    with pytest.raises(ValueError, match="voxels that vary, but 20 components are taken out as noise"):
        module.measure(**wanted[0])


CONCERNED: list[tuple[dict[str, Any], set[str]]] = [
    ({"area_seeds": [3]}, {"estimators"}),
    ({"area_stimuli": 400}, {"estimators"}),
    ({"area_voxels": 301}, {"estimators"}),
    ({"repeats": 4}, {"estimators", "false_alarms", "power", "hierarchy"}),
    ({"snr": 0.3}, {"estimators", "false_alarms", "power", "hierarchy"}),
    ({"correlated": 0.3}, {"estimators", "false_alarms", "power", "hierarchy"}),
    ({"noise_components": 19}, {"estimators", "false_alarms", "power", "hierarchy", "brain", "brain_pairs"}),
    ({"tested_areas": 7}, {"false_alarms"}),
    ({"tested_stimuli": 201}, {"false_alarms"}),
    ({"tested_voxels": 121}, {"false_alarms"}),
    ({"tested_bootstrap": 19}, {"false_alarms"}),
    ({"power_stimuli": [100]}, {"power"}),
    ({"power_voxels": [100]}, {"power"}),
    ({"power_areas": 17}, {"power"}),
    ({"hierarchy_seeds": [10]}, {"hierarchy"}),
    ({"hierarchy_stimuli": 501}, {"hierarchy"}),
    ({"hierarchy_voxels": 201}, {"hierarchy"}),
    ({"patch_size": 64}, {"hierarchy"}),
    ({"wavelengths": [4, 8]}, {"hierarchy"}),
    ({"orientations": 6}, {"hierarchy"}),
    ({"texture_classes": 51}, {"hierarchy"}),
    ({"texture_examples": 1001}, {"hierarchy"}),
    ({"n_bootstrap": 19}, {"hierarchy"}),
    ({"seeds": [10]}, {"networks"}),
    ({"training_images": 5001}, {"networks"}),
    ({"test_images": 1001}, {"networks"}),
    ({"probe_images": 2001}, {"networks"}),
    ({"width": 8}, {"networks"}),
    ({"features": 128}, {"networks"}),
    ({"embedding": 64}, {"networks"}),
    ({"steps": 201}, {"networks"}),
    ({"fine_tuning_steps": 201}, {"networks"}),
    ({"batch_size": 97}, {"networks"}),
    ({"learning_rate": 0.01}, {"networks"}),
    ({"fine_tuning_learning_rate": 0.01}, {"networks"}),
    ({"weight_decay": 0.0}, {"networks"}),
    ({"off_diagonal": 0.02}, {"networks"}),
    ({"windows": [[1, 40]]}, {"networks", "pretrained"}),
    ({"noise": [0.1]}, {"networks"}),
    ({"attacks": [0.1]}, {"networks"}),
    ({"device": "cuda"}, {"networks", "pretrained"}),
    ({"nsd_subjects": [2, 1]}, {"brain_pairs"}),
    ({"nsd_areas": ["V2"]}, {"brain", "brain_pairs"}),
    ({"nsd_sessions": 3}, {"brain", "brain_pairs"}),
    ({"nsd_bootstrap": 99}, {"brain"}),
    ({"nsd_root": ""}, {"brain", "brain_pairs"}),
    ({"vision_models": {}}, {"pretrained"}),
    ({"photographs": "."}, {"pretrained"}),
    ({"photograph_count": 1000}, {"pretrained"}),
    ({"photograph_size": 32}, {"pretrained"}),
    ({"pooling": "class"}, {"pretrained"}),
    ({"vision_batch_size": 16}, {"pretrained"}),
]


def test_every_parameter_concerns_some_unit() -> None:
    assert {name for given, _ in CONCERNED for name in given} == set(Config.model_fields)


@pytest.mark.parametrize(("given", "concerned"), CONCERNED, ids=[next(iter(given)) for given, _ in CONCERNED])
def test_a_parameter_changes_only_the_units_that_it_concerns(
    data: dict[str, Any], given: dict[str, Any], concerned: set[str]
) -> None:
    before, after = (set(planned(**(data | one))) for one in ({}, given))
    assert {experiment for experiment, _ in before ^ after} == concerned


def test_plans_are_stable_and_a_seed_s_unit_does_not_depend_on_the_others(data: dict[str, Any]) -> None:
    assert planned(**data) == planned(**data)
    few, many = (set(planned(seeds=seeds)) for seeds in ([10, 11], [9, 11, 10]))
    assert few < many
    few, many = (
        set(planned(hierarchy_seeds=seeds, power_stimuli=n)) for seeds, n in (([1], [100]), ([2, 1], [100, 300]))
    )
    assert few < many


@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_every_scale_validates_and_wants_every_experiment(scale: str, data: dict[str, Any]) -> None:
    study = STUDIES["visual_cortex"]
    assert {unit.experiment for unit in study.units(study.config(scale))} == set(EXPERIMENTS) - OF_YOUR_OWN
    asked = study.units(study.config(scale, data))
    assert {unit.experiment for unit in asked} == set(EXPERIMENTS)
    assert len({unit.key for unit in asked}) == len(asked)


def test_the_paper_s_scale_is_larger() -> None:
    study = STUDIES["visual_cortex"]
    paper, laptop = study.config("paper"), study.config("laptop")
    assert scale_parameters("paper", "visual_cortex")
    for name in ("seeds", "area_seeds", "hierarchy_seeds"):
        assert len(getattr(paper, name)) >= len(getattr(laptop, name))
    assert paper.tested_areas * paper.tested_bootstrap > laptop.tested_areas * laptop.tested_bootstrap
    assert paper.power_stimuli[-1] * paper.power_voxels[-1] > laptop.power_stimuli[-1] * laptop.power_voxels[-1]


LIGHT = """
import json
import sys
from learning_geometry.studies.parameters import validated
from learning_geometry.studies.visual_cortex.config import Config, units
base, data = map(json.loads, sys.argv[1:])
found = units(validated(Config, base | data, "visual_cortex"))
assert {"brain", "brain_pairs", "pretrained"} <= {experiment for experiment, _ in found}
try:
    validated(Config, base | {"seeds": [1, 1]}, "visual_cortex")
except ValueError:
    pass
else:
    raise AssertionError
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_plans_and_refusals_load_no_heavy_library(data: dict[str, Any]) -> None:
    """In a fresh interpreter, all that a plan imports, at whatever level, is seen."""
    heavy = {"torch", "scipy", "matplotlib", "transformers", "sklearn", "datasets", "pandas", "h5py", "nibabel"}
    given = [json.dumps(BASE), json.dumps(data)]
    answer = subprocess.run([sys.executable, "-c", LIGHT, *given], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    loaded = set(answer.stdout.split())
    assert {"pydantic", "learning_geometry"} <= loaded  # negative control: what is used is seen
    assert not heavy & loaded
