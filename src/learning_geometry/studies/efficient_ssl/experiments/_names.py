"""Names that a configuration may use, apart from what they stand for: importing that takes seconds."""

NETWORKS = ("small", "resnet18", "resnet50")
"""Encoders."""

TEXTURE = "digits on texture"
"""scikit-learn's digits over patches of its photographs; other images have the names of `materials.images`."""

ROLES = ("first", "second")
"""The two sets of images of the study."""
