"""How hard the task is for the base model."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import pass_at

_TRIES = ((1, drawing.BLUE), (16, drawing.GREEN), (256, drawing.RED))


def plot_base(records: Records) -> Figure:
    """pass@k of the base model by the number of digits, exactly, for three numbers of tries; thin lines are seeds."""
    base = records["stages", "models"].sel(model="base")
    digits = base.digits.dropna("seed").astype(int)
    lengths = sorted(set(digits.values.ravel().tolist()))
    figure = drawing.figure(9, 2.3)
    axes = figure.subplots()
    for k, colour in _TRIES:
        solved = [pass_at(base.probability.where(digits == length), k).sel(k=k).values for length in lengths]
        drawing.seeds_and_mean(axes, lengths, list(zip(*solved, strict=True)), colour=colour, label=f"pass@{k}")
    axes.set(xlabel="digits to sort", ylabel="share solved", ylim=(-0.02, 1.02))
    drawing.legend_outside(axes)
    return figure
