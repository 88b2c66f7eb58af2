"""The geometries that plasticity has in this study, and those under which its changes are analysed."""

from typing import Any

from learning_geometry.studies.types import Rising
from learning_geometry.studies.unit import Unit

TRUTHS = [1.0, 2.0, 3.0]
"""Exponents of the potentials that plasticity has in turn: negative entropy, Euclidean, 3-norm."""

CANDIDATES = [1.0, 1.5, 2.0, 2.5, 3.0]
"""Exponents of the potentials under which each change is analysed."""


class Geometries(Unit):
    """Base of the units that change weights under each of the `truths` and analyse the change under each of the `candidates`."""

    truths: Rising
    candidates: Rising

    def coordinates(self, **further: Any) -> dict[str, Any]:
        """Coordinates of the dimensions `truth` and `candidate`, and the given ones."""
        return {"truth": self.truths, "candidate": self.candidates, **further}
