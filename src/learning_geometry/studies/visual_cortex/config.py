"""What the study of visual representations may be asked, and the units of work that an answer takes."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from learning_geometry.instruments.spectrum_shape import geometric_bins
from learning_geometry.materials import nsd_files
from learning_geometry.materials.revisions import check_series
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    NonNegative,
    Positive,
    Rising,
    RisingCounts,
    Seeds,
    Share,
    Window,
    digest_of,
)
from learning_geometry.studies.unit import Unit
from learning_geometry.studies.visual_cortex.experiments.brain import REFERENCE, Brain
from learning_geometry.studies.visual_cortex.experiments.brain_pairs import BrainPairs
from learning_geometry.studies.visual_cortex.experiments.estimators import Estimators
from learning_geometry.studies.visual_cortex.experiments.hierarchy import CATEGORY_RANKS, Hierarchy
from learning_geometry.studies.visual_cortex.experiments.networks import Networks
from learning_geometry.studies.visual_cortex.experiments.power import Power
from learning_geometry.studies.visual_cortex.experiments.pretrained import Pretrained
from learning_geometry.studies.visual_cortex.experiments.simulated_codes import SimulatedCodes
from learning_geometry.studies.visual_cortex.experiments.theory import Theory
from learning_geometry.studies.visual_cortex.experiments.type_i_error import CELLS, TypeIError

Bootstrap = Annotated[int, Field(ge=19)]  # fewer draws cannot reject at 5 %


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    area_seeds: Seeds
    area_stimuli: Count
    area_voxels: Count
    repeats: Annotated[int, Field(ge=3)]
    snr: Positive
    correlated: Share
    noise_components: Count
    tested_seeds: Seeds
    tested_areas: Count
    tested_stimuli: Count
    tested_voxels: Count
    tested_bootstrap: Bootstrap
    power_seeds: Seeds
    power_stimuli: RisingCounts
    power_voxels: RisingCounts
    power_areas: Annotated[int, Field(ge=10)]
    hierarchy_seeds: Seeds
    hierarchy_stimuli: Count
    hierarchy_voxels: Count
    patch_size: Annotated[int, Field(ge=16, le=427)]
    wavelengths: RisingCounts
    orientations: Annotated[int, Field(ge=2)]
    texture_classes: Annotated[int, Field(ge=4)]
    texture_examples: Count
    n_bootstrap: Bootstrap
    code_seeds: Seeds
    seeds: Seeds
    training_images: Count
    test_images: Count
    probe_images: Count
    width: Count
    features: Count
    embedding: Count
    steps: Annotated[int, Field(ge=5)]
    fine_tuning_steps: Annotated[int, Field(ge=5)]
    batch_size: Annotated[int, Field(ge=2)]
    learning_rate: Positive
    fine_tuning_learning_rate: Positive
    weight_decay: NonNegative
    off_diagonal: Positive
    windows: Annotated[Distinct[Window], Field(min_length=1)]
    noise: Rising
    attacks: Rising
    device: Device
    nsd_root: str
    nsd_seeds: Seeds
    nsd_subjects: Distinct[Annotated[int, Field(ge=1, le=8)]]
    nsd_areas: Distinct[str]
    nsd_sessions: Annotated[int, Field(ge=1, le=40)]
    nsd_bootstrap: Bootstrap
    vision_models: dict[str, list[str]]
    photographs: str
    photograph_seeds: Seeds
    photograph_count: Annotated[int, Field(ge=2)]
    photograph_size: Annotated[int, Field(ge=16)]
    pooling: Literal["mean", "class"]
    vision_batch_size: Count

    @model_validator(mode="after")
    def _simulated_experiments_can_be_judged(self) -> Self:
        # A quarter of the ranks that the removal of noise leaves is looked at, and makes five bins from 6 ranks on.
        for experiment, stimuli, voxels in (
            ("area", self.area_stimuli, self.area_voxels),
            ("tested", self.tested_stimuli, self.tested_voxels),
            ("power", self.power_stimuli[0], self.power_voxels[0]),
            ("hierarchy", self.hierarchy_stimuli, self.hierarchy_voxels),
        ):
            if min(stimuli, voxels - self.noise_components) < 24:
                raise ValueError(
                    f"{experiment}_stimuli = {stimuli} and {experiment}_voxels = {voxels} are too few for noise_components "
                    f"= {self.noise_components}: 24 stimuli, and 24 voxels more than components, are needed"
                )
        return self

    @model_validator(mode="after")
    def _filters_fit_the_patches_and_patches_the_classes(self) -> Self:
        octaves = all(longer == 2 * shorter for shorter, longer in pairwise(self.wavelengths))
        if not octaves or self.wavelengths[0] % 4 or self.patch_size % self.wavelengths[-1]:
            raise ValueError(
                f"wavelengths = {self.wavelengths} do not go with patch_size = {self.patch_size}; take multiples of 4, each "
                "twice the one before, and the last a divisor of the patch's size"
            )
        if self.texture_examples < self.texture_classes:
            raise ValueError(
                f"texture_examples = {self.texture_examples} are fewer than texture_classes = {self.texture_classes}; "
                "raise it"
            )
        if self.hierarchy_stimuli <= min(CATEGORY_RANKS, self.texture_classes - 1):
            raise ValueError(
                f"hierarchy_stimuli = {self.hierarchy_stimuli} are too few to describe {self.texture_classes} "
                "texture_classes; take more, or fewer classes"
            )
        return self

    @model_validator(mode="after")
    def _windows_lie_within_the_spectra(self) -> Self:
        last = min(self.features, self.test_images - 1)
        if self.vision_models:
            last = min(last, self.photograph_count - 1)
        for first, end in self.windows:
            if end > last:
                raise ValueError(
                    f"windows holds {[first, end]}; spectra end at rank {last}, by features = {self.features}, test_images "
                    f"= {self.test_images} and, for vision models, photograph_count = {self.photograph_count}"
                )
            if len(geometric_bins(end, first=first)) < 3:
                raise ValueError(f"windows holds {[first, end]}, too few ranks for a curvature; widen it")
        if self.windows[-1][1] < 12:
            raise ValueError(f"windows = {self.windows} must end at rank 12 or later, for there to be a tail")
        if self.training_images < max(self.batch_size, self.probe_images):
            raise ValueError(
                f"training_images = {self.training_images} are fewer than batch_size = {self.batch_size} or "
                f"probe_images = {self.probe_images}; raise it"
            )
        return self

    @model_validator(mode="after")
    def _data_of_your_own_are_there(self) -> Self:
        unknown = [area for area in self.nsd_areas if area not in nsd_files.AREAS]
        if unknown:
            raise ValueError(f"nsd_areas holds {unknown[0]!r}; known: {', '.join(nsd_files.AREAS)}")
        if self.nsd_root and not (self.nsd_subjects and self.nsd_areas):
            raise ValueError(
                f"nsd_root is given, but nsd_subjects = {self.nsd_subjects}, nsd_areas = {self.nsd_areas}; name some of both"
            )
        # A file that is lacking is named now, not after hours.
        try:
            for subject in self.nsd_subjects if self.nsd_root else ():
                for area in (*self.nsd_areas, REFERENCE):
                    nsd_files.check(self.nsd_root, subject=subject, area=area, sessions=self.nsd_sessions)
        except FileNotFoundError as error:
            raise ValueError(str(error)) from error
        for model, revisions in self.vision_models.items():
            check_series(model, revisions)
        if self.vision_models and not (self.photographs and Path(self.photographs).is_dir()):
            raise ValueError(
                f"photographs = {self.photographs!r} is no folder; vision models are shown photographs of your own, such as "
                "ImageNet's validation set"
            )
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        yield from self._brains()
        for model, revisions in self.vision_models.items():
            for revision, seed in product(revisions, self.photograph_seeds):
                source, images = DataSource.of(model, revision), DataSource.of(self.photographs)
                yield Pretrained.of(self, seed=seed, model=source, photographs=images)
        yield from (Networks.of(self, seed=seed) for seed in self.seeds)
        # Areas of each cell are drawn from a seed of their own.
        for seed, (cell, (spectrum, noise)) in product(self.tested_seeds, enumerate(CELLS)):
            yield TypeIError.of(self, seed=seed + cell, spectrum=spectrum, noise=noise)
        for stimuli in reversed(self.power_stimuli):
            yield from (Power.of(self, seed=seed, stimuli=stimuli) for seed in self.power_seeds)
        yield from (Hierarchy.of(self, seed=seed) for seed in self.hierarchy_seeds)
        yield from (Estimators.of(self, seed=seed) for seed in self.area_seeds)
        yield Theory()
        yield from (SimulatedCodes(seed=seed) for seed in self.code_seeds)

    def _brains(self) -> Iterator[Unit]:
        if not self.nsd_root:
            return
        digest = cache(digest_of)

        def recordings(subjects: Sequence[int], area: str) -> DataSource:
            # The files that a unit reads and no others: what is fetched later leaves its record standing.
            root, files = self.nsd_root, [nsd_files.design_file(self.nsd_root)]
            for subject in subjects:
                files += [nsd_files.roi_file(root, subject=subject, area=name) for name in (area, REFERENCE)]
                files += nsd_files.session_files(root, subject=subject, sessions=self.nsd_sessions)
            digests = "".join(map(digest, files))
            return DataSource(name=root, digest=hashlib.sha256(digests.encode()).hexdigest()[:16])

        for seed, subject, area in product(self.nsd_seeds, self.nsd_subjects, self.nsd_areas):
            yield Brain.of(self, seed=seed, recordings=recordings([subject], area), subject=subject, area=area)
        for seed, pair, area in product(self.nsd_seeds, combinations(self.nsd_subjects, 2), self.nsd_areas):
            source, subjects = recordings(pair, area), list(pair)
            yield BrainPairs.of(self, seed=seed, recordings=source, subjects=subjects, area=area)
