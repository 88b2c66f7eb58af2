"""Studies: one paper, one room; `STUDIES` is the door through which everything else knows them."""

from learning_geometry.studies.registry import STUDIES, Study

__all__ = ["STUDIES", "Study"]
