"""Responses come back from the files as they were put in, joined by image; and files that disagree are refused.

The data set here is made up (`tiny_nsd`); the real one may not be passed on.
"""

import shutil
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
import tiny_nsd
from tiny_nsd import GRID, Planted

from learning_geometry.materials import nsd, nsd_files
from learning_geometry.materials.nsd_files import AREAS

IMAGES = 40
SPECTRUM = np.arange(1, 51) ** -1.0


@pytest.fixture(scope="module")
def plan() -> dict[str, np.ndarray]:
    return tiny_nsd.design(IMAGES)


@pytest.fixture(scope="module")
def planted(plan: dict[str, np.ndarray]) -> dict[int, Planted]:
    return {subject: tiny_nsd.plant(plan, subject, spectrum=SPECTRUM) for subject in (1, 3)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, plan: dict[str, np.ndarray], planted: dict[int, Planted]) -> Path:
    return tiny_nsd.write(tmp_path_factory.mktemp("whole"), plan, planted)


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A data set that a test may damage."""
    return shutil.copytree(whole, tmp_path / "nsd")


def read(root: Path, **changes: Any) -> nsd.NsdResponses:
    return nsd.responses(root, **({"subject": 1, "area": "V1", "sessions": 4} | changes))


def slow(made: Planted, inside: np.ndarray, sessions: int) -> tuple[np.ndarray, list[int]]:
    """The same by the letter: session by session, voxel by voxel, image by image."""
    betas = np.round(300 * made.betas)[:, inside]
    per_session = len(betas) // 4
    z = []
    for session in range(sessions):
        part = betas[session * per_session : (session + 1) * per_session]
        z += [(row - part.mean(axis=0)) / part.std(axis=0) for row in part]
    shown = made.trial_images[: len(z)].tolist()
    images = sorted(image for image, count in Counter(shown).items() if count == 3)
    showings = [[z[trial] for trial, image in enumerate(shown) if image == wanted] for wanted in images]
    return np.array(showings).transpose(1, 0, 2), images


@pytest.mark.parametrize("kind", ["hdf5", "nifti"])
@pytest.mark.parametrize("sessions", [3, 4])
def test_responses_are_what_a_slow_reader_finds(
    tmp_path: Path, plan: dict[str, np.ndarray], planted: dict[int, Planted], kind: str, sessions: int
) -> None:
    root = tiny_nsd.write(tmp_path, plan, planted, kind=kind)
    for subject, made in planted.items():
        inside = np.isin(tiny_nsd.areas()["prf-visualrois"], [1, 2])
        found = read(root, subject=subject, sessions=sessions)
        expected, images = slow(made, inside, sessions)
        assert found.responses.dtype == np.float32
        assert found.responses.flags.c_contiguous
        np.testing.assert_array_equal(found.images, images)
        np.testing.assert_allclose(found.responses, expected, atol=1e-5)
        np.testing.assert_array_equal(found.voxels, np.argwhere(inside))
        assert (found.dropped, found.sessions) == (0, sessions)
    # Fewer sessions show fewer images three times; with all of them there is no other image.
    assert len(images) == IMAGES if sessions == 4 else 0 < len(images) < IMAGES


def test_an_image_of_the_design_is_the_one_that_the_subject_saw(root: Path, plan: dict[str, np.ndarray]) -> None:
    for subject in (1, 3):
        seen = nsd.images_seen(root, subject=subject, sessions=4)
        np.testing.assert_array_equal(seen, np.sort(plan["subjectim"][subject - 1]))
    both = np.intersect1d(*(nsd.images_seen(root, subject=subject, sessions=4) for subject in (1, 3)))
    np.testing.assert_array_equal(both, plan["sharedix"][0])
    found = read(root, images=both[::-1])
    everything = read(root)
    np.testing.assert_array_equal(found.images, both)
    np.testing.assert_array_equal(found.responses, everything.responses[:, np.isin(everything.images, both)])


def test_a_subject_with_fewer_sessions_gives_all(tmp_path: Path, plan: dict[str, np.ndarray]) -> None:
    # Subject 4 has 30 sessions of the 40 that the design plans.
    made = tiny_nsd.plant(plan, 4, spectrum=SPECTRUM, sessions=40)
    root = tiny_nsd.write(tmp_path, plan, {4: made}, sessions=40, kind="nifti")
    for number in range(31, 41):
        tiny_nsd.session(root, 4, number, "nifti").unlink()
    found = read(root, subject=4, sessions=40)
    assert found.sessions == 30
    assert 0 < len(found.images) < IMAGES


def test_percent_signal_change_is_a_three_hundredth_of_the_integers(root: Path, planted: dict[int, Planted]) -> None:
    found = read(root)
    x, y, z = found.voxels.T
    sessions = planted[1].betas[:, x, y, z].reshape(4, -1, len(x))
    np.testing.assert_allclose(found.signal_change, sessions.std(axis=1).mean(axis=0), rtol=0.01)


def test_gains_and_offsets_of_sessions_leave_no_trace(tmp_path: Path, plan: dict[str, np.ndarray]) -> None:
    made = tiny_nsd.plant(plan, 1, spectrum=SPECTRUM)
    root = tiny_nsd.write(tmp_path / "one", plan, {1: made})
    scaled = made.betas.reshape(4, -1, *GRID) * np.array([1, 2, 0.5, 3]).reshape(4, 1, 1, 1, 1) + 2
    other = Planted(scaled.reshape(made.betas.shape), made.trial_images, made.signal, made.signal_voxels)
    again = tiny_nsd.write(tmp_path / "two", plan, {1: other})
    np.testing.assert_allclose(read(root).responses, read(again).responses, atol=0.03)
    # The control: it is the sessions that were made equal; their trials still differ.
    assert not np.allclose(read(root).responses[0], read(root).responses[1], atol=0.3)


@pytest.mark.parametrize(
    ("area", "atlas", "labels"),
    [
        ("V1", "prf-visualrois", [1, 2]),
        ("V2", "prf-visualrois", [3, 4]),
        ("V3", "prf-visualrois", [5, 6]),
        ("hV4", "prf-visualrois", [7]),
        ("FFA-1", "floc-faces", [2]),
        ("early", "streams", [1]),
        ("parietal", "streams", [7]),
        ("nsdgeneral", "nsdgeneral", [1]),
    ],
)
def test_areas_are_where_the_atlas_marks_them(root: Path, area: str, atlas: str, labels: list[int]) -> None:
    marked = np.isin(tiny_nsd.areas()[atlas], labels)
    np.testing.assert_array_equal(read(root, area=area).voxels, np.argwhere(marked))


def test_areas_of_one_atlas_share_no_voxel() -> None:
    used = [(atlas, label) for atlas, labels in AREAS.values() for label in labels]
    assert len(set(used)) == len(used)
    assert len(AREAS) == 24


@pytest.mark.parametrize("kind", ["hdf5", "nifti"])
def test_voxels_without_signal_are_dropped_and_counted(
    tmp_path: Path, plan: dict[str, np.ndarray], planted: dict[int, Planted], kind: str
) -> None:
    betas = planted[1].betas.copy()
    v1 = np.argwhere(tiny_nsd.areas()["prf-visualrois"] == 1)
    betas[30:60, *v1[4]] = 0  # outside of the field of view in the second session
    betas[:, *v1[7]] = -2.31
    made = Planted(betas, planted[1].trial_images, planted[1].signal, planted[1].signal_voxels)
    whole = read(tiny_nsd.write(tmp_path / "whole", plan, planted, kind=kind))
    found = read(tiny_nsd.write(tmp_path / "holes", plan, {1: made}, kind=kind))
    kept = [index for index, voxel in enumerate(whole.voxels.tolist()) if voxel not in v1[[4, 7]].tolist()]
    assert found.dropped == 2
    np.testing.assert_array_equal(found.voxels, whole.voxels[kept])
    np.testing.assert_array_equal(found.responses, whole.responses[..., kept])
    np.testing.assert_array_equal(found.signal_change, whole.signal_change[kept])
    dead = np.zeros_like(betas)
    nothing = Planted(dead, planted[1].trial_images, planted[1].signal, planted[1].signal_voxels)
    with pytest.raises(ValueError, match=r"all \d+ voxels of V1 are constant"):
        read(tiny_nsd.write(tmp_path / "dead", plan, {1: nothing}, kind=kind))


def exponent(responses: np.ndarray) -> float:
    """Minus the slope of the cross-validated spectrum between ranks 2 and 30, by a few lines of its own."""
    first, second, third = (one - one.mean(axis=0) for one in responses.astype(np.float64))
    _, _, axes = np.linalg.svd((first + second) / 2, full_matrices=False)
    scores = ((first + second) / 2 @ axes.T * (third @ axes.T)).mean(axis=0)
    ranks = np.arange(2, 31)
    values = scores[ranks - 1]
    if values.min() <= 0:
        return 0.0  # nothing repeats
    return float(-np.polyfit(np.log(ranks), np.log(values), 1)[0])


@pytest.fixture(scope="module")
def long_plan() -> dict[str, np.ndarray]:
    return tiny_nsd.design(200)


CUBE = (8, 9, 8)
"""A grid on which an exchange of X and Z does not show."""


@pytest.mark.parametrize("alpha", [0.8, 1.4])
def test_a_planted_spectrum_comes_back_only_if_images_and_axes_are_right(
    tmp_path: Path, long_plan: dict[str, np.ndarray], alpha: float
) -> None:
    spectrum = np.arange(1, 101) ** -alpha
    made = tiny_nsd.plant(long_plan, 2, spectrum=spectrum, grid=CUBE)
    v1 = np.isin(tiny_nsd.areas(CUBE)["prf-visualrois"][made.signal_voxels], [1, 2])
    truth = exponent(np.repeat(made.signal[None, :, v1], 3, axis=0))
    root = tiny_nsd.write(tmp_path / "right", long_plan, {2: made})
    assert exponent(read(root, subject=2).responses) == pytest.approx(truth, abs=0.1)
    # Another order of trials: what is averaged over repeats is not the same image.
    mixed = dict(long_plan)
    mixed["masterordering"] = np.random.default_rng(0).permuted(long_plan["masterordering"], axis=1)
    scipy.io.savemat(root / nsd_files.DESIGN, mixed)
    assert abs(exponent(read(root, subject=2).responses) - truth) > 0.3
    # The axes as in MATLAB, where no shape gives it away: other voxels than the atlas marks.
    root = tiny_nsd.write(tmp_path / "wrong", long_plan, {2: made})
    for number in range(1, 5):
        path = tiny_nsd.session(root, 2, number)
        with h5py.File(path) as file:
            betas = file["betas"][:].transpose(0, 3, 2, 1)
        path.unlink()
        with h5py.File(path, "w") as file:
            file.create_dataset("betas", data=betas)
    assert abs(exponent(read(root, subject=2).responses) - truth) > 0.1


def test_memory_holds_an_area_and_no_session(tmp_path: Path) -> None:
    grid = (20, 21, 22)
    plan = tiny_nsd.design(40)
    rng = np.random.default_rng(0)
    betas = np.round(rng.normal(size=(120, *grid)), 1)
    made = Planted(betas, plan["subjectim"][0][plan["masterordering"][0].astype(int) - 1], betas, betas)
    atlas = np.zeros(grid)
    atlas[10:13, 10:12, 10] = 1
    for kind in ("hdf5", "nifti"):
        root = tiny_nsd.write(tmp_path / kind, plan, {1: made}, kind=kind, atlases={"prf-visualrois": atlas})
        read(root)  # whatever libraries keep for later
        tracemalloc.start()
        read(root)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        session = 30 * np.prod(grid) * 2
        assert peak < session / 2, kind


def damage(root: Path, what: str) -> None:
    first, last = tiny_nsd.session(root, 1, 1), tiny_nsd.session(root, 1, 4)
    roi = root / "nsddata/ppdata/subj01/func1pt8mm/roi/prf-visualrois.nii.gz"
    design = root / nsd_files.DESIGN
    rng = np.random.default_rng(0)
    betas = rng.integers(-500, 500, (30, *GRID), dtype=np.int16)
    moved = np.moveaxis(betas, 0, -1)
    matlab: dict[str, Any] = scipy.io.loadmat(design)
    match what:
        case "no session":
            last.unlink()
        case "no atlas":
            roi.unlink()
        case "no design":
            design.unlink()
        case "no area":
            nibabel.save(nibabel.Nifti1Image(np.zeros(GRID, np.int16), np.eye(4)), roi)
        case "other atlas":
            nibabel.save(nibabel.Nifti1Image(np.ones((5, 7, 7), np.int16), np.eye(4)), roi)
        case "flat atlas":
            nibabel.save(nibabel.Nifti1Image(np.ones((5, 7), np.int16), np.eye(4)), roi)
        case "torn atlas":
            roi.write_bytes(roi.read_bytes()[:60])
        case "axes of MATLAB":
            tiny_nsd.write_session(last, betas, data=moved, chunks=None)
        case "trials last":
            tiny_nsd.write_session(last, betas, data=np.moveaxis(moved.T, 0, -1), chunks=None)
        case "three axes":
            tiny_nsd.write_session(last, betas, data=betas[0], chunks=None)
        case "percent":
            tiny_nsd.write_session(last, betas, data=moved.T / np.float32(300))
        case "no betas":
            with h5py.File(last, "w") as file:
                file.create_dataset("voxels", data=betas)
        case "torn session":
            last.write_bytes(last.read_bytes()[:500])
        case "scaled":
            last.unlink()
            image = nibabel.Nifti1Image(moved, np.eye(4))
            image.header.set_slope_inter(0.5, 0)
            nibabel.save(image, tiny_nsd.session(root, 1, 4, "nifti"))
        case "torn NIfTI":
            last.unlink()
            path = tiny_nsd.session(root, 1, 4, "nifti")
            tiny_nsd.write_session(path, betas)
            path.write_bytes(path.read_bytes()[:2000])
        case "short session":
            tiny_nsd.write_session(last, betas[:29])
        case "other length":
            for number in range(1, 5):
                tiny_nsd.write_session(tiny_nsd.session(root, 1, number), betas[:29])
        case "no ordering":
            del matlab["masterordering"]
            scipy.io.savemat(design, {name: matlab[name] for name in ("subjectim", "sharedix")})
        case "counted from zero":
            scipy.io.savemat(design, {"subjectim": matlab["subjectim"], "masterordering": matlab["masterordering"] - 1})
        case "four times":
            matlab["masterordering"][0, :5] = 1
            scipy.io.savemat(design, {name: matlab[name] for name in ("subjectim", "masterordering")})
        case "torn design":
            design.write_bytes(design.read_bytes()[:200])
        case "no folder":
            first.parents[5].rename(root.parent / "moved")


@pytest.mark.parametrize(
    ("what", "error", "said"),
    [
        ("no session", FileNotFoundError, r"betas_session04.hdf5 is lacking.*1 of 4 sessions.*aws s3 sync s3://"),
        ("no atlas", FileNotFoundError, r"prf-visualrois.nii.gz is lacking.*naturalscenesdataset.org.*aws s3 cp s3://"),
        (
            "no design",
            FileNotFoundError,
            r"nsd_expdesign.mat is lacking.*aws s3 cp s3://natural-scenes-dataset/nsddata",
        ),
        ("no folder", FileNotFoundError, r"nsd is no folder; it must hold nsddata and nsddata_betas"),
        ("no area", ValueError, r"prf-visualrois.nii.gz marks no voxel as V1"),
        ("other atlas", ValueError, r"session01.hdf5 has 30 trials on the grid \(5, 7, 6\).*grid \(5, 7, 7\)"),
        ("flat atlas", ValueError, r"shape \(5, 7\); an atlas has three axes"),
        ("torn atlas", ValueError, r"prf-visualrois.nii.gz cannot be read"),
        (
            "axes of MATLAB",
            ValueError,
            r"session04.hdf5 has 5 trials on the grid \(30, 6, 7\), read as \(trials, Z, Y, X\)",
        ),
        ("trials last", ValueError, r"session04.hdf5 has 6 trials on the grid \(30, 5, 7\)"),
        ("three axes", ValueError, r"session04.hdf5 has 3 axes"),
        ("percent", ValueError, r"session04.hdf5 holds float32"),
        ("no betas", ValueError, r"session04.hdf5 has no data set /betas, only \['voxels'\]"),
        ("torn session", ValueError, r"session04.hdf5 cannot be read"),
        ("scaled", ValueError, r"session04.nii.gz holds float64"),
        ("torn NIfTI", ValueError, r"session04.nii.gz cannot be read"),
        ("short session", ValueError, r"session04.hdf5 has 29 trials, but .*session01.hdf5 30"),
        ("other length", ValueError, r"the 3 sessions after it have 29 trials each, but the design plans 120"),
        ("no ordering", ValueError, r"has no 'masterordering'"),
        ("counted from zero", ValueError, r"masterordering from 0 to 39"),
        ("four times", ValueError, r"image \d+ is shown \d times in the design"),
        ("torn design", ValueError, r"nsd_expdesign.mat cannot be read"),
    ],
)
def test_files_that_are_not_as_they_should_be_are_named(
    root: Path, what: str, error: type[Exception], said: str
) -> None:
    assert read(root).dropped == 0  # the control: it can be read before
    damage(root, what)
    with pytest.raises(error, match=said):
        read(root)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": 0}, "subject is 0; choose one of 1 to 8"),
        ({"subject": 9}, "subject is 9"),
        ({"area": "V9"}, "area is 'V9'; choose one of V1, V2"),
        ({"sessions": 0}, "sessions is 0"),
        ({"sessions": 1}, "no image is shown 3 times in 1 sessions of 10 trials"),
        ({"beta": "betas"}, "beta is 'betas'; choose one of betas_assumehrf"),
        ({"space": "MNI"}, "space is 'MNI'"),
        ({"images": [0]}, "asked for image 0 and 0 others"),
        ({"images": []}, "no image at all"),
    ],
)
def test_what_the_data_set_does_not_have_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    plan = tiny_nsd.design(40, seed=3)
    plan["masterordering"] = np.tile(np.arange(1, 41), 3)[None].astype(np.uint16)
    made = tiny_nsd.plant(plan, 1, spectrum=SPECTRUM, sessions=12)
    root = tiny_nsd.write(tmp_path, plan, {1: made}, sessions=12, kind="nifti")
    assert len(read(root, sessions=12).images) == 40
    with pytest.raises(ValueError, match=said):
        read(root, **({"sessions": 12} | changes))


def test_files_can_be_looked_for_before_anything_is_read(root: Path) -> None:
    asked: dict[str, Any] = {"subject": 1, "area": "V1", "sessions": 4}
    nsd_files.check(root, **asked)
    with pytest.raises(FileNotFoundError, match=r"betas_session05.hdf5 is lacking.*1 of 5"):
        nsd_files.check(root, **(asked | {"sessions": 5}))
    with pytest.raises(FileNotFoundError, match=r"subj02/func1pt8mm/roi"):
        nsd_files.check(root, **(asked | {"subject": 2}))
    (root / nsd_files.DESIGN).unlink()
    with pytest.raises(FileNotFoundError, match=r"nsd_expdesign.mat is lacking"):
        nsd_files.check(root, **asked)


def test_a_session_that_is_there_twice_is_read_as_hdf5(root: Path) -> None:
    before = read(root).responses
    tiny_nsd.session(root, 1, 2, "nifti").write_bytes(b"not read")
    np.testing.assert_array_equal(read(root).responses, before)
