"""Volumes of the Natural Scenes Dataset: which voxels an atlas marks, and what they did in a session."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.nsd_files import AREAS
from learning_geometry.materials.unreadable import readable


@dataclass(frozen=True)
class Header:
    """What a session's file says of itself: `grid` (X, Y, Z), `trials`, and the order of its axes in words."""

    path: Path
    grid: tuple[int, ...]
    trials: int
    axes: str


def header(path: Path) -> Header:
    """The header of a session; HDF5 has its axes in the reverse of MATLAB's order, NIfTI has not.

    Raises:
        ValueError: the file cannot be read, or does not hold int16 on four axes.
    """
    with readable(path):
        if path.suffix == ".hdf5":
            with h5py.File(path) as file:
                betas = file.get("betas")
                if not isinstance(betas, h5py.Dataset):
                    raise ValueError(f"{path} has no data set /betas, only {list(file)}; get the file anew")
                shape, dtype = betas.shape[::-1], betas.dtype
            axes = "(trials, Z, Y, X)"
        else:
            image = nibabel.load(path)
            shape, dtype = image.shape, _unscaled(image.dataobj)
            axes = "(X, Y, Z, trials)"
    if len(shape) != 4:
        raise ValueError(f"{path} has {len(shape)} axes, not the four {axes}; get the file anew")
    if dtype.kind != "i" or dtype.itemsize != 2:
        raise ValueError(
            f"{path} holds {dtype}; betas are percent signal change x 300 as int16, and others would be misread: get the "
            "original file"
        )
    return Header(path, tuple(shape[:3]), shape[3], axes)


def marked(path: Path, area: str) -> NDArray[np.bool_]:
    """Whether an atlas marks a voxel as part of an area of `nsd_files.AREAS`, `(X, Y, Z)`.

    Raises:
        ValueError: the file cannot be read, is no volume, or marks none.
    """
    with readable(path):
        labels = np.asarray(nibabel.load(path).dataobj)
    if labels.ndim != 3:
        raise ValueError(f"{path} has shape {labels.shape}; an atlas has three axes: get the file anew")
    inside = np.isin(labels, AREAS[area][1])
    if not inside.any():
        raise ValueError(f"{path} marks no voxel as {area}; leave {area} out for this subject")
    return inside


def read(path: Path, voxels: NDArray[np.int64]) -> NDArray[np.int16]:
    """The integers of some voxels in all trials of a session whose header is right, `(n_trials, n_voxels)`.

    Args:
        path: The session's file.
        voxels: Indices on the axes X, Y and Z, `(n_voxels, 3)`.

    Raises:
        ValueError: the file is cut short or damaged.
    """
    with readable(path):
        if path.suffix == ".hdf5":
            with h5py.File(path) as file:
                # A chunk of the file holds all trials of one voxel, so this reads no other voxel's.
                return np.stack([file["betas"][:, z, y, x] for x, y, z in voxels.tolist()], axis=1)
        # Compressed, hence read from the first volume to the last with one handle, in memory one at a time.
        volumes = nibabel.load(path, keep_file_open=True).dataobj
        x, y, z = voxels.T
        return np.stack([np.asarray(volumes[..., trial])[x, y, z] for trial in range(volumes.shape[3])])


def _unscaled(data: Any) -> np.dtype[Any]:
    """The type of a NIfTI's numbers, if the file does not scale them by itself."""
    if (data.slope, data.inter) != (1, 0):
        return np.dtype(float)
    return data.dtype
