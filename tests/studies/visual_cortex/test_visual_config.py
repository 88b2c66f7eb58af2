"""What the study of visual representations may be asked: wrong wishes are refused by name, and units are what they read."""

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_nsd
from made_up_visual import STUDY

from learning_geometry.instruments.scale_free import window
from learning_geometry.materials.synthetic_areas import spectrum
from learning_geometry.studies.unit import Unit
from learning_geometry.studies.visual_cortex.experiments import estimators, power, type_i_error

NSD = {"nsd_root": "nowhere", "nsd_subjects": [1], "nsd_areas": ["V2"]}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"area_stimuli": 23}, "area_stimuli = 23 and area_voxels = 300 are too few for noise_components = 20: 24 stimuli"),
    (
        {"tested_voxels": 43},
        "tested_stimuli = 200 and tested_voxels = 43 are too few .* 24 voxels more than components",
    ),
    ({"power_stimuli": [23, 100]}, "power_stimuli = 23 and power_voxels = 60 are too few"),
    ({"noise_components": 37}, "power_stimuli = 100 and power_voxels = 60 are too few for noise_components = 37"),
    ({"hierarchy_voxels": 43}, "hierarchy_stimuli = 500 and hierarchy_voxels = 43 are too few"),
    ({"wavelengths": [4, 12]}, r"wavelengths = \[4, 12\] do not go with patch_size = 32; take multiples of 4"),
    ({"patch_size": 24}, r"wavelengths = \[4, 8, 16\] do not go with patch_size = 24"),
    ({"texture_examples": 49}, "texture_examples = 49 are fewer than texture_classes = 50; raise it"),
    ({"hierarchy_stimuli": 40}, "hierarchy_stimuli = 40 are too few to describe 50 texture_classes"),
    ({"windows": [[1, 60]], "features": 59}, r"windows holds \[1, 60\]; spectra end at rank 59, by features = 59"),
    (
        {"windows": [[1, 60]], "test_images": 60},
        r"windows holds \[1, 60\]; spectra end at rank 59, .* test_images = 60",
    ),
    ({"windows": [[1, 60], [58, 60]]}, r"windows holds \[58, 60\], too few ranks for a curvature"),
    ({"windows": [[1, 60], [1, 11]]}, r"windows = \[\[1, 60\], \[1, 11\]\] must end at rank 12 or later"),
    ({"training_images": 1999}, "training_images = 1999 are fewer than batch_size = 96 or probe_images = 2000"),
    ({"nsd_areas": ["V1", "V9"]}, "nsd_areas holds 'V9'; known: V1, V2, V3, hV4, OFA"),
    (NSD | {"nsd_areas": []}, r"nsd_root is given, but nsd_subjects = \[1\], nsd_areas = \[\]; name some of both"),
    (NSD, "nowhere is no folder; it must hold nsddata and nsddata_betas: accept the terms"),
    ({"vision_models": {"a/b": []}}, "'a/b' needs at least one revision"),
    ({"vision_models": {"a/b": ["main"]}, "photographs": "nowhere"}, "photographs = 'nowhere' is no folder"),
]


def units(**given: Any) -> list[Unit]:
    return list(STUDY.config(given=given).shifted().units())


@pytest.mark.parametrize(("given", "complaint"), REFUSED, ids=[" ".join(given) for given, _ in REFUSED])
def test_wrong_wishes_are_refused_with_a_remedy(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^visual_cortex: .*{complaint}"):
        STUDY.config(given=given)


@pytest.mark.parametrize("name", ["area", "tested", "hierarchy"])
def test_the_least_design_that_is_granted_is_the_least_that_can_be_judged(name: str) -> None:
    STUDY.config(given={f"{name}_stimuli": 100, f"{name}_voxels": 44})
    assert len(window(24, 100)) == len(window(100, 24)) == 5
    with pytest.raises(ValueError, match="5 are needed"):
        window(23, 100)


def test_units_come_longest_first_and_every_cell_has_areas_of_its_own() -> None:
    planned = units(tested_seeds=[0])
    experiments = [experiment for experiment, _ in groupby(planned, key=lambda unit: unit.experiment())]
    assert experiments == [
        "networks",
        "type_i_error",
        "power",
        "hierarchy",
        "estimators",
        "theory",
        "simulated_codes",
    ]
    cells = [unit for unit in planned if isinstance(unit, type_i_error.TypeIError)]
    assert len({(unit.spectrum, unit.noise) for unit in cells}) == len({unit.seed for unit in cells}) == 6


def test_spectra_that_are_measured_exist() -> None:
    for name in (*estimators.SPECTRA, *power.SPECTRA, *(name for name, _ in type_i_error.CELLS)):
        assert spectrum(name, 5).shape == (5,)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up data set of two subjects."""
    plan = tiny_nsd.design(40)
    planted = {s: tiny_nsd.plant(plan, s, spectrum=np.arange(1, 41) ** -1.0) for s in (1, 2)}
    return tiny_nsd.write(tmp_path_factory.mktemp("nsd"), plan, planted)


def brains(root: Path, **given: Any) -> dict[str, Unit]:
    """Units by experiment, subjects and area."""
    asked = {"nsd_root": str(root), "nsd_subjects": [1, 2], "nsd_areas": ["V2", "hV4"], "nsd_sessions": 4} | given
    planned = [unit for unit in units(**asked) if unit.experiment().startswith("brain")]
    return {
        f"{unit.experiment()} {getattr(unit, 'subjects', getattr(unit, 'subject', 0))} {unit.area}": unit
        for unit in planned
    }  # type: ignore[attr-defined]


def test_every_area_of_every_subject_and_pair_is_a_unit(root: Path) -> None:
    assert list(brains(root)) == [
        *(f"brain {subject} {area}" for subject in (1, 2) for area in ("V2", "hV4")),
        *(f"brain_pairs [1, 2] {area}" for area in ("V2", "hV4")),
    ]
    assert list(brains(root, nsd_subjects=[1], nsd_areas=["V1"])) == ["brain 1 V1"]
    assert brains(root, nsd_root="") == {}


def test_a_unit_changes_with_the_files_that_it_reads_and_with_no_others(root: Path) -> None:
    before = brains(root)
    file = next((root / "nsddata_betas" / "ppdata" / "subj02").rglob("*session01*"))
    content = file.read_bytes()
    file.write_bytes(content + b"0")
    changed = {name for name, unit in brains(root).items() if unit != before[name]}
    assert changed == {name for name in before if "brain 2" in name or "pairs" in name}
    file.write_bytes(content)
    assert brains(root) == before


def test_a_file_that_is_lacking_is_named_before_any_work(root: Path) -> None:
    with pytest.raises(ValueError, match=r"session05.*is lacking"):
        brains(root, nsd_sessions=5)


def test_vision_models_see_more_photographs_than_ranks_are_described(tmp_path: Path) -> None:
    given = {"vision_models": {"facebook/dinov2-small": ["main", "other"]}, "photographs": str(tmp_path)}
    assert sum(unit.experiment() == "pretrained" for unit in units(**given)) == 2
    with pytest.raises(ValueError, match=r"spectra end at rank 99, .* photograph_count = 100"):
        units(**given, photograph_count=100, windows=[[1, 100]])
    units(photograph_count=100, windows=[[1, 100]])  # what is not asked for is not checked
