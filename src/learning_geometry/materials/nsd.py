"""Responses of areas of the human visual cortex to photographs: the Natural Scenes Dataset, from a copy of the user's own.

The data may not be passed on, so none of it is part of this project. Where its files lie is in `nsd_files`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from learning_geometry.materials import nsd_sessions
from learning_geometry.materials.nsd_files import BETA, SPACE, design_file, roi_file, session_files
from learning_geometry.materials.nsd_sessions import Header
from learning_geometry.materials.unreadable import readable

REPEATS = 3
"""How often a subject sees an image, in all sessions together."""

_PERCENT = 300  # what the files' integers count of one percent of signal change


@dataclass(frozen=True)
class NsdResponses:
    """Responses of an area's voxels to the images that a subject saw three times.

    `responses` `(3, n_images, n_voxels)` are in standard deviations of the voxel in its session, in the order of
    presentation. `images` `(n_images,)` rise; they are the numbers, from 1 to 73,000, that the data set gives its images.
    `voxels` `(n_voxels, 3)` are indices on the axes X, Y and Z of the atlas; `dropped` further voxels of the area were
    constant in a session. `signal_change` `(n_voxels,)` is a voxel's standard deviation within a session in percent
    signal change, a mean over the `sessions` read.
    """

    responses: NDArray[np.float32]
    images: NDArray[np.int64]
    voxels: NDArray[np.int64]
    dropped: int
    signal_change: NDArray[np.float64]
    sessions: int


def responses(
    root: str | Path,
    *,
    subject: int,
    area: str,
    sessions: int,
    images: ArrayLike | None = None,
    beta: str = BETA,
    space: str = SPACE,
) -> NsdResponses:
    """Read the responses of one area of one subject in the first `sessions` sessions, joined by image.

    Each voxel is standardised in each session over all of its trials (divisor n), as Gauthaman et al. (2024,
    arXiv:2409.06843) do; a voxel that is constant in a session has no scale there and is left out, and counted. Of HDF5
    only the area is read, of NIfTI one volume at a time: memory holds a few copies of one session of the area, and the
    result, twice if a voxel is left out.

    Args:
        root: Folder that holds `nsddata` and `nsddata_betas`.
        subject: 1 to 8.
        area: One of `nsd_files.AREAS`, both hemispheres.
        sessions: How many, from the first on; a subject who has fewer gives all.
        images: Numbers of the images to return, in any order; by default all of `images_seen`.
        beta: One of `nsd_files.BETAS`.
        space: One of `nsd_files.SPACES`.

    Raises:
        ValueError: a name is unknown, a file is damaged or contradicts another one, no voxel of the area varies, or an
            image was not seen three times in these sessions.
        FileNotFoundError: a file is lacking; the message says how to get it.
    """
    atlas = roi_file(root, subject=subject, area=area, space=space)
    files = session_files(root, subject=subject, sessions=sessions, beta=beta, space=space)
    trial_images = _trial_images(design_file(root), subject)
    inside = nsd_sessions.marked(atlas, area)
    per_session = _trials_of_each(_headers(files, atlas, inside.shape), len(trial_images))
    seen, trials = _seen(trial_images, files, per_session)
    if images is not None:
        kept = _among(images, seen, subject)
        seen, trials = seen[kept], trials[kept]
    voxels = np.argwhere(inside)
    joined = np.empty((REPEATS, len(seen), len(voxels)), dtype=np.float32)
    varies = np.ones(len(voxels), dtype=bool)
    change = np.zeros(len(voxels))
    for number, file in enumerate(tqdm(files, desc=f"subject {subject}, {area}", unit="session", leave=False)):
        betas = nsd_sessions.read(file, voxels)
        varies &= betas.min(axis=0) < betas.max(axis=0)
        percent = betas / _PERCENT
        mean, scale = percent.mean(axis=0), percent.std(axis=0)
        change += scale / len(files)
        percent -= mean
        percent /= np.where(varies, scale, 1)
        image, repeat = np.nonzero(trials // per_session == number)
        joined[repeat, image] = percent[trials[image, repeat] % per_session]
    if not varies.any():
        raise ValueError(
            f"all {len(voxels)} voxels of {area} are constant in a session of subject {subject}; get them anew"
        )
    return NsdResponses(
        responses=joined if varies.all() else joined[..., varies],
        images=seen,
        voxels=voxels[varies],
        dropped=int((~varies).sum()),
        signal_change=change[varies],
        sessions=len(files),
    )


def images_seen(
    root: str | Path, *, subject: int, sessions: int, beta: str = BETA, space: str = SPACE
) -> NDArray[np.int64]:
    """The numbers of the images that a subject saw three times in the first `sessions` sessions, rising.

    Raises:
        ValueError, FileNotFoundError: as `responses`.
    """
    files = session_files(root, subject=subject, sessions=sessions, beta=beta, space=space)
    trial_images = _trial_images(design_file(root), subject)
    per_session = _trials_of_each([nsd_sessions.header(file) for file in files], len(trial_images))
    return _seen(trial_images, files, per_session)[0]


def _trial_images(path: Path, subject: int) -> NDArray[np.int64]:
    """The image of every trial planned for a subject, `(n_trials,)`.

    Trial t, from zero, shows the image `subjectim[subject - 1, masterordering[t] - 1]`.
    """
    with readable(path):
        try:
            design = scipy.io.loadmat(path)
        except ValueError as error:  # scipy's word for some kinds of damage
            raise scipy.io.matlab.MatReadError(str(error)) from error
    for name in ("subjectim", "masterordering"):
        if name not in design:
            raise ValueError(f"{path} has no {name!r}; it is not the experimental design: get it anew")
    of_subject = design["subjectim"].astype(np.int64)
    order = design["masterordering"].astype(np.int64).ravel()
    if len(of_subject) < subject or order.min() < 1 or order.max() > of_subject.shape[1]:
        raise ValueError(
            f"{path} has subjectim of shape {of_subject.shape} and masterordering from {order.min()} to {order.max()}; "
            f"expected a row for subject {subject} and columns counted from 1: get it anew"
        )
    return of_subject[subject - 1, order - 1]


def _headers(files: Sequence[Path], atlas: Path, grid: tuple[int, ...]) -> list[Header]:
    """The headers of all sessions, whose grid must be that of the atlas."""
    headers = [nsd_sessions.header(file) for file in files]
    for one in headers:
        if one.grid != grid:
            raise ValueError(
                f"{one.path} has {one.trials} trials on the grid {one.grid}, read as {one.axes}, but {atlas} has the grid "
                f"{grid}; take both from one subject and one space, with their axes in the original order"
            )
    return headers


def _trials_of_each(headers: Sequence[Header], planned: int) -> int:
    """The number of trials in a session, the same in all of them and in agreement with the design."""
    first = headers[0]
    for one in headers:
        if one.trials != first.trials:
            raise ValueError(f"{one.path} has {one.trials} trials, but {first.path} {first.trials}; get both anew")
    if planned % first.trials or len(headers) * first.trials > planned:
        raise ValueError(
            f"{first.path} and the {len(headers) - 1} sessions after it have {first.trials} trials each, but the design "
            f"plans {planned}, in sessions of one length; get sessions and design anew"
        )
    return first.trials


def _seen(
    trial_images: NDArray[np.int64], files: Sequence[Path], per_session: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The images that were shown three times in these sessions, `(n_images,)`, and when, `(n_images, 3)`."""
    shown = trial_images[: len(files) * per_session]
    images, first, counts = np.unique(np.sort(shown), return_index=True, return_counts=True)
    if counts.max() > REPEATS:
        raise ValueError(
            f"image {images[counts.argmax()]} is shown {counts.max()} times in the design, but none is more than {REPEATS} "
            "times; get the design anew"
        )
    thrice = counts == REPEATS
    if not thrice.any():
        raise ValueError(
            f"no image is shown {REPEATS} times in {len(files)} sessions of {per_session} trials; ask for more"
        )
    order = np.argsort(shown, kind="stable")
    return images[thrice], order[first[thrice, None] + np.arange(REPEATS)]


def _among(images: ArrayLike, seen: NDArray[np.int64], subject: int) -> NDArray[np.bool_]:
    wanted = np.asarray(images)
    unknown = np.setdiff1d(wanted, seen)
    if wanted.size == 0 or unknown.size:
        which = f"image {unknown[0]} and {unknown.size - 1} others" if unknown.size else "no image at all"
        raise ValueError(
            f"asked for {which}, of which subject {subject} did not see all three showings in these sessions; ask for some "
            "of images_seen"
        )
    return np.isin(seen, wanted)
