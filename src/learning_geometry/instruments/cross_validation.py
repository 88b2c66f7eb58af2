"""What repeats share: the cross-validated spectrum of a population, and the decision whether it is scale-free."""

from learning_geometry.instruments.cross_decomposition import cross_decomposition
from learning_geometry.instruments.cross_validated_pca import StreamingCrossValidation, cvpca
from learning_geometry.instruments.matched_null import NoSignal
from learning_geometry.instruments.noise_components import remove_noise_components
from learning_geometry.instruments.scale_free import ScaleFreeTest, scale_free

__all__ = [
    "NoSignal",
    "ScaleFreeTest",
    "StreamingCrossValidation",
    "cross_decomposition",
    "cvpca",
    "remove_noise_components",
    "scale_free",
]
