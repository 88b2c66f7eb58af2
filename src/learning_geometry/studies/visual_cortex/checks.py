"""What the parameters of the study of visual representations must agree on, beside the bounds of each."""

from itertools import pairwise
from typing import Any

from learning_geometry.instruments.spectrum_shape import geometric_bins
from learning_geometry.materials import nsd_files

CATEGORY_RANKS = 40
"""Ranks of the stages' spectra that are described, if there are as many categories."""


def sizes(config: Any) -> None:
    """Check that every simulated experiment has enough stimuli and voxels to be judged.

    Raises:
        ValueError: the parameters do not agree.
    """
    # A quarter of the ranks that the removal of noise leaves is looked at, and makes five bins from 6 ranks on.
    for stimuli, voxels in (
        ("area_stimuli", "area_voxels"),
        ("tested_stimuli", "tested_voxels"),
        ("power_stimuli", "power_voxels"),
        ("hierarchy_stimuli", "hierarchy_voxels"),
    ):
        fewest = [value if isinstance(value := getattr(config, name), int) else value[0] for name in (stimuli, voxels)]
        if min(fewest[0], fewest[1] - config.noise_components) < 24:
            raise ValueError(
                f"{stimuli} = {fewest[0]} and {voxels} = {fewest[1]} are too few for noise_components = "
                f"{config.noise_components}: 24 stimuli, and 24 voxels more than components, are needed"
            )


def hierarchy(config: Any) -> None:
    """Check that filters fit the patches, and that there are patches enough for the classes.

    Raises:
        ValueError: the parameters do not agree.
    """
    octaves = all(b == 2 * a for a, b in pairwise(config.wavelengths))
    if not octaves or config.wavelengths[0] % 4 or config.patch_size % config.wavelengths[-1]:
        raise ValueError(
            f"wavelengths = {config.wavelengths} do not go with patch_size = {config.patch_size}; take multiples of 4, each "
            "twice the one before, and the last a divisor of the patch's size"
        )
    if config.texture_examples < config.texture_classes:
        raise ValueError(
            f"texture_examples = {config.texture_examples} are fewer than texture_classes = {config.texture_classes}; raise it"
        )
    if config.hierarchy_stimuli <= min(CATEGORY_RANKS, config.texture_classes - 1):
        raise ValueError(
            f"hierarchy_stimuli = {config.hierarchy_stimuli} are too few to describe {config.texture_classes} "
            "texture_classes; take more, or fewer classes"
        )


def windows(config: Any) -> None:
    """Check that the windows of ranks lie within the spectra.

    Raises:
        ValueError: the parameters do not agree.
    """
    last = min(config.features, config.test_images - 1)
    for first, end in config.windows:
        if not first < end <= last:
            raise ValueError(
                f"windows holds {[first, end]}; ranks rise from 1 to {last}, which features = {config.features} and "
                f"test_images = {config.test_images} allow"
            )
        if len(geometric_bins(end, first=first)) < 3:
            raise ValueError(f"windows holds {[first, end]}, too few ranks for a curvature; widen it")
        if config.vision_models and end >= config.photograph_count:
            raise ValueError(
                f"windows holds {[first, end]}, but photograph_count = {config.photograph_count} images have "
                f"{config.photograph_count - 1} ranks; end it there, or take more"
            )
    if config.windows[-1][1] < 12:
        raise ValueError(f"windows = {config.windows} must end at rank 12 or later, for there to be a tail")
    if config.training_images < max(config.batch_size, config.probe_images):
        raise ValueError(
            f"training_images = {config.training_images} are fewer than batch_size = {config.batch_size} or "
            f"probe_images = {config.probe_images}; raise it"
        )


def brain(config: Any) -> None:
    """Check that areas have names and that the files of the recordings are there, before hours of work.

    Raises:
        ValueError: the parameters do not agree.
    """
    strangers = [area for area in config.nsd_areas if area not in nsd_files.AREAS]
    if strangers:
        raise ValueError(f"nsd_areas holds {strangers[0]!r}; known: {', '.join(nsd_files.AREAS)}")
    if not config.nsd_root:
        return
    if not config.nsd_subjects or not config.nsd_areas:
        raise ValueError(
            f"nsd_root is given, but nsd_subjects = {config.nsd_subjects}, nsd_areas = {config.nsd_areas}; name some of both"
        )
    # A file that is lacking is named now, not after hours.
    for subject in config.nsd_subjects:
        for area in (*config.nsd_areas, "V1"):
            try:
                nsd_files.check(config.nsd_root, subject=subject, area=area, sessions=config.nsd_sessions)
            except FileNotFoundError as error:
                raise ValueError(str(error)) from error
