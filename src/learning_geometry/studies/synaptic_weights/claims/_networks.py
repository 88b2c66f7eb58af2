"""How the claims on networks find their records."""

from typing import TYPE_CHECKING

from learning_geometry.claims import NotTested
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies.synaptic_weights.experiments.networks import UNDERTRAINED

if TYPE_CHECKING:
    import xarray as xr


def network(records: Records, name: str) -> "xr.Dataset":
    """What was measured of one network, along `seed`.

    Raises:
        MissingExperiment: it was not asked for.
    """
    known = list(records.of("networks")[0].result)
    if name not in known:
        raise MissingExperiment(f"networks ({name})", {}, known)
    return records["networks", name]


def undertrained(records: Records) -> "tuple[xr.Dataset, str] | NotTested":
    """The control, with a note on what it had learned; nothing, if it is not what the claims say of it."""
    control = network(records, UNDERTRAINED)
    right = float(control.pretrained_accuracy.mean())
    before = f"{100 * right:.0f} % of images right before"
    if records.of("networks")[0].unit.undertrained != "convolutional":
        return NotTested("the control is no convolutional network")
    if right > 0.9:
        return NotTested(f"the control had learned too much: {before}")
    return control, before
