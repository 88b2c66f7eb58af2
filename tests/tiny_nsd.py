"""A made-up data set in the layout of the Natural Scenes Dataset: its folders, names, keys, types and orders of axes.

`plant` makes responses with a known spectrum of signal, `write` writes them; no number of it was ever measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import scipy.io

GRID = (5, 7, 6)
"""X, Y and Z of the tiny brain; no two are equal, so that axes in a wrong order show."""

SUBJECTS = 8


@dataclass(frozen=True)
class Planted:
    """What was put into the data set of one subject.

    `betas` `(n_trials, X, Y, Z)` is in percent signal change; `trial_images` `(n_trials,)` are the images' numbers in the
    design, from one; `signal` `(n_images, n_voxels)` is what each image alone does, for the voxels of `signal_voxels`.
    """

    betas: np.ndarray
    trial_images: np.ndarray
    signal: np.ndarray
    signal_voxels: np.ndarray


def areas(grid: tuple[int, int, int] = GRID) -> dict[str, np.ndarray]:
    """Atlases by name, `(X, Y, Z)`: 0 where nothing is marked, -1 outside of the cortex."""
    x = np.arange(np.prod(grid)).reshape(grid) % 10
    visual = np.choose(x, [1, 2, 3, 4, 5, 6, 7, 0, 0, -1])
    visual[0] = -1
    faces = np.zeros(grid)
    faces[3, 4, 5] = 2
    streams = np.where(visual > 0, visual, 0)
    general = np.where(visual > 0, 1, visual)
    return {"prf-visualrois": visual, "floc-faces": faces, "streams": streams, "nsdgeneral": general}


def design(images: int, *, seed: int = 0, shared: int = 30) -> dict[str, np.ndarray]:
    """An experimental design in which everyone sees `images` images three times, the first `shared` the same ones."""
    rng = np.random.default_rng([seed, 0])
    order = rng.permutation(np.repeat(np.arange(1, images + 1), 3))
    ids = rng.permutation(73000)[: shared + SUBJECTS * (images - shared)] + 1
    own = ids[shared:].reshape(SUBJECTS, -1)
    common = np.tile(ids[:shared], (SUBJECTS, 1))
    return {
        "masterordering": order[None].astype(np.uint16),
        "subjectim": np.concatenate([common, own], axis=1).astype(np.int32),
        "sharedix": np.sort(ids[:shared])[None].astype(np.int32),
    }


def plant(
    plan: Mapping[str, np.ndarray],
    subject: int,
    *,
    spectrum: np.ndarray,
    noise: float = 0.3,
    sessions: int = 4,
    grid: tuple[int, int, int] = GRID,
    seed: int = 0,
) -> Planted:
    """Responses of one subject: signals of the given spectrum where the atlas marks V1 to hV4, noise in all voxels.

    Signals depend on the image, whoever sees it; what differs between subjects is how voxels mix them. Every session has a
    gain and an offset of its own.
    """
    rng = np.random.default_rng([seed, 1, subject])
    seen = plan["subjectim"][subject - 1]
    latents = np.stack([np.random.default_rng([seed, 2, number]).standard_normal(len(spectrum)) for number in seen])
    voxels = areas(grid)["prf-visualrois"] > 0
    mixing = np.linalg.qr(rng.standard_normal((int(voxels.sum()), len(spectrum))))[0].T
    signal = latents * np.sqrt(spectrum / spectrum.sum() * voxels.sum()) @ mixing
    order = plan["masterordering"][0].astype(int) - 1
    betas = noise * rng.standard_normal((len(order), *grid))
    betas[:, voxels] += signal[order]
    session = np.arange(len(order)) // (len(order) // sessions)
    gain = rng.uniform(0.8, 1.5, sessions)[session]
    offset = rng.normal(0, 1, (sessions, *grid))[session]
    return Planted(betas * gain[:, None, None, None] + offset, seen[order], signal, voxels)


def write(
    root: Path,
    plan: Mapping[str, np.ndarray],
    planted: Mapping[int, Planted],
    *,
    sessions: int = 4,
    kind: str = "hdf5",
    atlases: Mapping[str, np.ndarray] | None = None,
) -> Path:
    """Write the data set and return its folder."""
    experiments = root / "nsddata/experiments/nsd"
    experiments.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(experiments / "nsd_expdesign.mat", dict(plan))
    for subject, made in planted.items():
        marked = areas(made.betas.shape[1:]) if atlases is None else atlases
        for name, labels in marked.items():
            folder = root / f"nsddata/ppdata/subj{subject:02}/func1pt8mm/roi"
            folder.mkdir(parents=True, exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(labels.astype(np.int16), np.eye(4)), folder / f"{name}.nii.gz")
        for number, part in enumerate(np.split(made.betas, sessions), start=1):
            write_session(session(root, subject, number, kind), np.round(300 * part).astype(np.int16))
    return root


def session(root: Path, subject: int, number: int, kind: str = "hdf5") -> Path:
    """The file of one session."""
    suffix = {"hdf5": "hdf5", "nifti": "nii.gz"}[kind]
    return root / f"nsddata_betas/ppdata/subj{subject:02}/func1pt8mm/betas_fithrf/betas_session{number:02}.{suffix}"


def write_session(path: Path, betas: np.ndarray, **changes: Any) -> None:
    """Write `(n_trials, X, Y, Z)` as the data set has it: NIfTI (X, Y, Z, trial), HDF5 the reverse of that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    volume = np.moveaxis(betas, 0, -1)
    if path.suffix == ".gz":
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
        return
    with h5py.File(path, "w") as file:
        # MATLAB writes its axes in reverse: chunks of (1, 1, 1, trials) there are (trials, 1, 1, 1) here.
        settings = {"data": volume.T, "chunks": (len(betas), 1, 1, 1)} | changes
        file.create_dataset("betas", **settings)
