"""Where the Natural Scenes Dataset keeps what, under its own names; nothing is read here.

The layout is that of the data manual (https://cvnlab.slite.page/p/dC~rBTjqjb/How-to-get-the-data) and of public programs
that read it; the data set itself was not opened in writing this. Allen et al. 2022, Nature Neuroscience 25, describe it.
"""

from pathlib import Path

BUCKET = "s3://natural-scenes-dataset"

SESSIONS = (40, 40, 32, 30, 40, 32, 40, 30)
"""Number of scan sessions of each of the eight subjects, who are counted from one."""

BETAS = ("betas_assumehrf", "betas_fithrf", "betas_fithrf_GLMdenoise_RR")
"""Three estimates of the responses, b1 to b3 of the manual; the third is denoised for reliability across repeats."""

BETA = "betas_fithrf"
"""The estimate that is read unless another is asked for: denoising may take weak dimensions of the signal with it."""

SPACES = ("func1pt8mm", "func1mm")
"""Grids of a subject's own brain, by the size of their voxels."""

SPACE = "func1pt8mm"
"""The grid that is read unless another is asked for."""

_VISUAL, _FACES, _BODIES, _PLACES = "prf-visualrois", "floc-faces", "floc-bodies", "floc-places"

AREAS: dict[str, tuple[str, tuple[int, ...]]] = {
    "V1": (_VISUAL, (1, 2)),
    "V2": (_VISUAL, (3, 4)),
    "V3": (_VISUAL, (5, 6)),
    "hV4": (_VISUAL, (7,)),
    "OFA": (_FACES, (1,)),
    "FFA-1": (_FACES, (2,)),
    "FFA-2": (_FACES, (3,)),
    "mTL-faces": (_FACES, (4,)),
    "aTL-faces": (_FACES, (5,)),
    "EBA": (_BODIES, (1,)),
    "FBA-1": (_BODIES, (2,)),
    "FBA-2": (_BODIES, (3,)),
    "mTL-bodies": (_BODIES, (4,)),
    "OPA": (_PLACES, (1,)),
    "PPA": (_PLACES, (2,)),
    "RSC": (_PLACES, (3,)),
    "early": ("streams", (1,)),
    "midventral": ("streams", (2,)),
    "midlateral": ("streams", (3,)),
    "midparietal": ("streams", (4,)),
    "ventral": ("streams", (5,)),
    "lateral": ("streams", (6,)),
    "parietal": ("streams", (7,)),
    "nsdgeneral": ("nsdgeneral", (1,)),
}
"""Atlas and labels of each area, of both hemispheres; V1 to V3 are their ventral and dorsal halves together.

The areas for faces, bodies and places come from a localiser at a threshold that the manual calls liberal.
"""

DESIGN = "nsddata/experiments/nsd/nsd_expdesign.mat"


def check(root: str | Path, *, subject: int, area: str, sessions: int, beta: str = BETA, space: str = SPACE) -> None:
    """Check that all files that these responses take are there, without opening one.

    Raises:
        ValueError: as `roi_file` and `session_files`.
        FileNotFoundError: a file is lacking; the message names it and the command that gets it.
    """
    roi_file(root, subject=subject, area=area, space=space)
    session_files(root, subject=subject, sessions=sessions, beta=beta, space=space)
    design_file(root)


def design_file(root: str | Path) -> Path:
    """The file that says which image was shown in which trial.

    Raises:
        FileNotFoundError: it or the folder `root` is lacking.
    """
    return _present(root, DESIGN)


def roi_file(root: str | Path, *, subject: int, area: str, space: str = SPACE) -> Path:
    """The atlas in which an area is marked.

    Raises:
        ValueError: the subject, the area or the space is unknown.
        FileNotFoundError: the file or the folder `root` is lacking.
    """
    if area not in AREAS:
        raise ValueError(f"area is {area!r}; choose one of {', '.join(AREAS)}")
    folder = _subject(subject, space)
    return _present(root, f"nsddata/ppdata/{folder}/roi/{AREAS[area][0]}.nii.gz")


def session_files(root: str | Path, *, subject: int, sessions: int, beta: str = BETA, space: str = SPACE) -> list[Path]:
    """The responses in the first `sessions` sessions, or in all of a subject who has fewer, one file for each.

    A session may be there as HDF5 or as NIfTI; HDF5 is taken if both are, for it gives up an area without the rest.

    Raises:
        ValueError: the subject, the estimate `beta` or the space is unknown, or `sessions` is not positive.
        FileNotFoundError: a session or the folder `root` is lacking.
    """
    folder = _subject(subject, space)
    if beta not in BETAS:
        raise ValueError(f"beta is {beta!r}; choose one of {', '.join(BETAS)}")
    if sessions < 1:
        raise ValueError(
            f"sessions is {sessions}; ask for at least 1, and for enough that images were shown three times"
        )
    _check_root(root)
    folder = f"nsddata_betas/ppdata/{folder}/{beta}"
    found, lacking = [], []
    for number in range(1, min(sessions, SESSIONS[subject - 1]) + 1):
        stem = Path(root, folder, f"betas_session{number:02}")
        kinds = [stem.with_suffix(suffix) for suffix in (".hdf5", ".nii.gz")]
        there = next((path for path in kinds if path.is_file()), None)
        found.append(there or stem)
        lacking += [] if there else [kinds[0]]
    if lacking:
        raise FileNotFoundError(
            f"{lacking[0]} is lacking, as HDF5 or as NIfTI (.nii.gz); {len(lacking)} of {len(found)} sessions are: ask for "
            f"fewer, or {_how(f'aws s3 sync {BUCKET}/{folder} {Path(root, folder)}')} "
            '--exclude "*" --include "betas_session*.hdf5"'
        )
    return found


def _subject(subject: int, space: str) -> str:
    if not 1 <= subject <= len(SESSIONS):
        raise ValueError(f"subject is {subject}; choose one of 1 to {len(SESSIONS)}")
    if space not in SPACES:
        raise ValueError(f"space is {space!r}; choose one of {', '.join(SPACES)}")
    return f"subj{subject:02}/{space}"


def _present(root: str | Path, name: str) -> Path:
    _check_root(root)
    path = Path(root, name)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is lacking; {_how(f'aws s3 cp {BUCKET}/{name} {path}')}")
    return path


def _check_root(root: str | Path) -> None:
    if not Path(root).is_dir():
        raise FileNotFoundError(
            f"{root} is no folder; it must hold nsddata and nsddata_betas: {_how(f'aws s3 ls {BUCKET}/')} shows them"
        )


def _how(command: str) -> str:
    return f"accept the terms at https://naturalscenesdataset.org, then: {command}"
