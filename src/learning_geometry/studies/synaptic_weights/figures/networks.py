"""Networks that were fine-tuned on real images: distances by supposed geometry."""

from typing import get_args

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.experiments.networks import UNDERTRAINED, Architecture
from learning_geometry.studies.synaptic_weights.figures._geometries import FLOOR, draw_truths


def ordered(records: Records) -> list[str]:
    """The names of the networks from the simplest to the control, whatever order a record keeps them in."""
    trained = records.of("networks")[0].result
    return [name for name in (*get_args(Architecture), UNDERTRAINED) if name in trained]


def plot_networks(records: Records) -> Figure:
    """ΔCDF of all watched layers of each network, and of the control, by supposed geometry; thin lines are seeds."""
    networks = {name: records["networks", name] for name in ordered(records)}
    weights = {name: int(network.weights.isel(seed=0).sum()) for name, network in networks.items()}
    titles = [f"{name}{' (control)' * (name == UNDERTRAINED)}: {count:,} weights" for name, count in weights.items()]
    figure, grid = drawing.panels(titles, *FLOOR, columns=2, height=2.0, share_x=True)
    draw_truths(grid, [network.pooled for network in networks.values()], weights=list(weights.values()), seeds=True)
    drawing.label_axes(grid, x="supposed exponent p", y="distance (ΔCDF)")
    return figure
