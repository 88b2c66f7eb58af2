"""A reader's own table of synapse sizes before and after: which geometry do their changes obey?"""

from typing import TYPE_CHECKING, ClassVar

from learning_geometry.studies.types import DataSource, NonNegative
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Pairs(Unit):
    """A CSV file of sizes in the columns named (`synapse_column` may be ""), measured with the error `measurement_noise`."""

    deterministic: ClassVar[bool] = True

    paired_sizes: DataSource
    before_column: str
    after_column: str
    synapse_column: str
    measurement_noise: NonNegative


def measure(unit: Pairs, execution: Execution) -> "dict[str, xr.Dataset]":
    """Identify the geometry of a table, without and, if there is measurement noise, with a correction for it.

    Returns the parts of `_identification.identified`.

    Raises:
        ValueError: as `paired_sizes` and `identify_geometry`.
        FileNotFoundError: the table does not exist.
    """
    from learning_geometry.materials.synapse_tables import paired_sizes
    from learning_geometry.studies.synaptic_weights.experiments._identification import identified

    table = paired_sizes(
        unit.paired_sizes.name, before=unit.before_column, after=unit.after_column, synapse=unit.synapse_column
    )
    return identified(table.before, table.after, unit.measurement_noise)
