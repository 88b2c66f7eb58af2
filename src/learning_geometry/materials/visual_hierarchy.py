"""A hierarchy of hand-made stages of vision: what a patch of a photograph looks like to Gabors, their energies and textures.

Nothing is learnt but what textures are typical, and no stage is a model of any area of a brain. Positions are as far apart
as wavelengths are long, so that the first stages treat all scales alike. The stages and their constants are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

Array = NDArray[np.float64]

STAGES = ("pixels", "simple cells", "energy", "pooled energy", "texture", "categories")
"""Each is computed from the one before, but "texture" from "energy"."""

_ENVELOPE = 0.5  # standard deviation of a Gabor's envelope, in wavelengths: a bandwidth of about one octave
_STEP = 0.5  # distance of neighbouring Gabors, in wavelengths
_SATURATION = 0.05  # per pixel of wavelength: a tenth of the energy of a matching grating of standard deviation 1/4
_TEXTURE_SATURATION = 0.3  # in standard deviations of a statistic


@dataclass(frozen=True)
class TextureClasses:
    """What is known of textures beforehand: each statistic's spread, `(n_statistics,)`, and typical textures.

    `prototypes` `(n_classes, n_statistics)` are in units of the spread and normalised, as the stage "texture" is.
    """

    spread: Array
    prototypes: Array


def stages(
    patches: NDArray[np.floating], classes: TextureClasses, *, wavelengths: Sequence[int], orientations: int
) -> dict[str, Array]:
    """Return what every stage makes of the patches: for each of `STAGES` an array `(n_patches, n_units)`.

    `patches` `(n_patches, size, size)` are grey; "pixels" are they without their mean, each. "simple cells" are
    `quadrature` and its negative, rectified, "energy", "pooled energy" and "texture" the functions of that name, and
    "categories" the resemblance to each of the classes, as `categories` has it.

    Raises:
        ValueError: patches are not square, wavelengths are not octaves that fit, or there is no orientation; or the classes
            were found with others.
    """
    linear = quadrature(patches, wavelengths=wavelengths, orientations=orientations)
    maps = energy(linear)
    textures = texture(maps, classes.spread)
    return {
        "pixels": _centred(patches),
        "simple cells": _joined([np.maximum(sign * each, 0) for each in linear for sign in (1, -1)]),
        "energy": _joined(maps),
        "pooled energy": _joined(pooled(maps, wavelengths=wavelengths)),
        "texture": textures,
        "categories": categories(textures, classes),
    }


def texture_classes(
    patches: NDArray[np.floating],
    *,
    wavelengths: Sequence[int],
    orientations: int,
    count: int,
    rng: np.random.Generator,
) -> TextureClasses:
    """Return `count` classes of the textures of patches `(n_patches, size, size)`, found by k-means without any label.

    Raises:
        ValueError: there are fewer patches than classes or fewer than two classes; or as `stages`.
    """
    if not 2 <= count <= len(patches):
        raise ValueError(f"count is {count} for {len(patches)} patches; take 2 classes or more, and as many patches")
    covariances = _statistics(energy(quadrature(patches, wavelengths=wavelengths, orientations=orientations)))
    spread = covariances.std(axis=0)
    prototypes, _ = kmeans2(_normalised(covariances / spread), count, minit="++", rng=rng)
    return TextureClasses(spread, prototypes)


def quadrature(patches: NDArray[np.floating], *, wavelengths: Sequence[int], orientations: int) -> list[Array]:
    """Return the responses of pairs of Gabors, an even and an odd one, at each of the wavelengths, in pixels.

    For each wavelength `(n_patches, 2, orientations, positions, positions)`; positions are half a wavelength apart.
    Gabors have unit norm, and none responds to uniform grey.
    """
    pixels = _centred(patches)
    size = patches.shape[1]
    _check(size, wavelengths, orientations)
    return [
        (pixels @ _gabors(size, wavelength, orientations)).reshape(
            len(pixels), 2, orientations, *[round(size / (_STEP * wavelength))] * 2
        )
        for wavelength in wavelengths
    ]


def energy(linear: Sequence[Array]) -> list[Array]:
    """Return the Gabor energies `sqrt(even^2 + odd^2)`, `(n_patches, orientations, positions, positions)` each."""
    return [np.sqrt((each**2).sum(axis=1)) for each in linear]


def pooled(maps: Sequence[Array], *, wavelengths: Sequence[int]) -> list[Array]:
    """Return energies averaged over 2 x 2 positions and divided by what all orientations have there together.

    The divisor is `s + rms over orientations`, with `s` a tenth of the energy of a grating that matches the Gabor.
    """
    found = []
    for each, wavelength in zip(maps, wavelengths, strict=True):
        coarse = _halved(each)
        found.append(coarse / (_SATURATION * wavelength + np.sqrt((coarse**2).mean(axis=1, keepdims=True))))
    return found


def texture(maps: Sequence[Array], spread: Array) -> Array:
    """Return how energies vary together over the patch, wherever they are, `(n_patches, n_statistics)`.

    Covariances over positions of the energies of every two orientations, at the same place and one position below or to
    the right, and at the same place with those of the next wavelength; after Portilla and Simoncelli (2000, International
    Journal of Computer Vision 40), who take more statistics. They are in units of their `spread` `(n_statistics,)`, and
    each patch's are divided by their root mean square plus 0.3.

    Raises:
        ValueError: `spread` has another number of statistics.
    """
    covariances = _statistics(maps)
    if spread.shape != covariances.shape[1:]:
        raise ValueError(
            f"spread has the shape {spread.shape} for {covariances.shape[1]} statistics; find the classes with the same "
            "wavelengths and orientations"
        )
    return _normalised(covariances / spread)


def categories(textures: Array, classes: TextureClasses) -> Array:
    """Return the probability of each class given the texture, `(n_patches, n_classes)`: equal Gaussians around prototypes.

    Their variance is half the number of statistics, so that responses are graded: a texture resembles several prototypes.
    """
    squares = (textures**2).sum(axis=1)[:, None] + (classes.prototypes**2).sum(axis=1)
    distances = (squares - 2 * textures @ classes.prototypes.T) / textures.shape[1]
    likelihood = np.exp(distances.min(axis=1, keepdims=True) - distances)
    return likelihood / likelihood.sum(axis=1, keepdims=True)


def _statistics(maps: Sequence[Array]) -> Array:
    found = []
    for i, each in enumerate(maps):
        here = each - each.mean(axis=(2, 3), keepdims=True)
        same = _covariances(here, here)
        found.append(same[:, *np.triu_indices(same.shape[1])])
        for first, second in ((here[..., 1:, :], here[..., :-1, :]), (here[..., 1:], here[..., :-1])):
            found.append(_covariances(first, second).reshape(len(here), -1))
        if i + 1 < len(maps):
            longer = maps[i + 1] - maps[i + 1].mean(axis=(2, 3), keepdims=True)
            found.append(_covariances(_halved(here), longer).reshape(len(here), -1))
    return np.concatenate(found, axis=1)


def _normalised(statistics: Array) -> Array:
    return statistics / (_TEXTURE_SATURATION + np.sqrt((statistics**2).mean(axis=1, keepdims=True)))


@cache
def _gabors(size: int, wavelength: int, orientations: int) -> Array:
    """All Gabors of one wavelength, `(size^2, 2 * orientations * positions^2)`."""
    y, x = np.mgrid[:size, :size].astype(np.float64)
    centres = (np.arange(round(size / (_STEP * wavelength))) + 0.5) * _STEP * wavelength - 0.5
    found = []
    for phase in (0, np.pi / 2):
        for angle in np.pi * np.arange(orientations) / orientations:
            for row in centres:
                for column in centres:
                    along = (x - column) * np.cos(angle) + (y - row) * np.sin(angle)
                    envelope = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * (_ENVELOPE * wavelength) ** 2))
                    wave = np.cos(2 * np.pi * along / wavelength - phase)
                    gabor = envelope * (wave - (envelope * wave).sum() / envelope.sum())
                    found.append((gabor / np.linalg.norm(gabor)).ravel())
    bank = np.array(found).T
    bank.setflags(write=False)  # it is shared by all callers
    return bank


def _centred(patches: NDArray[np.floating]) -> Array:
    if patches.ndim != 3 or patches.shape[1] != patches.shape[2]:
        raise ValueError(f"patches have the shape {patches.shape}; expected (n_patches, size, size)")
    flat = patches.reshape(len(patches), -1).astype(np.float64)
    return flat - flat.mean(axis=1, keepdims=True)


def _halved(maps: Array) -> Array:
    rows, columns = maps.shape[2:]
    return maps.reshape(*maps.shape[:2], rows // 2, 2, columns // 2, 2).mean(axis=(3, 5))


def _covariances(first: Array, second: Array) -> Array:
    count = first.shape[2] * first.shape[3]
    a, b = (each.reshape(*each.shape[:2], count) for each in (first, second))
    return a @ b.transpose(0, 2, 1) / count


def _joined(maps: Sequence[Array]) -> Array:
    return np.concatenate([each.reshape(len(each), -1) for each in maps], axis=1)


def _check(size: int, wavelengths: Sequence[int], orientations: int) -> None:
    if orientations < 1:
        raise ValueError(f"orientations is {orientations}; take at least 1")
    octaves = all(b == 2 * a for a, b in pairwise(wavelengths))
    if not wavelengths or not octaves or wavelengths[0] < 4 or wavelengths[0] % 4 or size % wavelengths[-1]:
        raise ValueError(
            f"wavelengths are {list(wavelengths)} for patches of {size} pixels; take multiples of 4, each twice the one "
            "before, and the last a divisor of the size"
        )
