"""Innate classifiers: genomes that fix connection probabilities between types, and brains that never learn."""

from typing import TYPE_CHECKING, Any

from learning_geometry.studies.types import Count, DataSource, NonNegativeCount, Positive, RisingCounts, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Classifier(Unit):
    """Genomes of all seeds and numbers of neurons a type, with one number of types, in one environment."""

    seeds: Seeds
    images: DataSource
    types: Count
    neurons: RisingCounts
    variability: NonNegativeCount
    recentred: bool
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    gain: Positive
    first_logit: float
    first_logit_sd: Positive
    brains: Count
    rigid_brains: Count
    test_images: Count


AGENTS = [
    "population",
    "mean network",
    "rounded",
    "deterministic",
    "sampled deterministic",
    "best",
    "deterministic, same images",
]
"""Whose accuracy is recorded: the mean over sampled brains; the agents of mean and of rounded probabilities of the same genome;
the mean network of a genome that was trained as one, and the mean over brains sampled from it; the best brain, chosen on one half
of the test images and tried on the other, and the deterministic genome on that half."""


def measure(unit: Classifier, execution: Execution) -> "dict[str, xr.Dataset]":
    """Accuracy `(seed, neurons, agent, world)` of the agents of trained genomes, in known and in novel environments.

    Environments move an image by up to `variability` pixels each way, novel ones by one pixel more; with `recentred` every agent
    sees the image after its centre of mass was put into the middle. `agent_sd (seed, neurons, world)` is the standard deviation
    over brains. The part `genome` holds the probabilities of the first seed and one of its brains.

    Source: our re-derivation from the abstract; task, network and training are our operationalisation.
    """
    import numpy as np
    import torch
    import xarray as xr

    from learning_geometry.instruments.wiring import sample_brains
    from learning_geometry.materials import images as image_sets
    from learning_geometry.materials.training import check_device, seeded
    from learning_geometry.studies.stochastic_wiring.experiments import _genomes
    from learning_geometry.studies.stochastic_wiring.experiments._environments import draw_moves, seen

    check_device(execution.device)
    data = image_sets.load(unit.images.name, unit.images.revision)
    scale, mean = data.scale[:, None, None], data.mean[:, None, None]
    train, test = (
        torch.from_numpy((part * scale + mean).mean(1)).to(execution.device)
        for part in (data.train, data.test[: unit.test_images])
    )
    labels, truth = torch.from_numpy(data.train_labels).to(execution.device), data.test_labels[: unit.test_images]
    size = min(unit.batch_size, len(train))
    steps = len(train) // size

    generators = [seeded(seed, 1) for seed in unit.seeds]
    orders: list[Any] = []

    def draw(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        if step % steps == 0:
            shuffled = [torch.randperm(len(train), generator=generator) for generator in generators]
            orders[:] = torch.stack(shuffled)[:, : steps * size].to(execution.device).split(size, dim=1)
        batch = orders[step % steps]
        moves = torch.cat([draw_moves(size, unit.variability, generator) for generator in generators])
        images = seen(train[batch].flatten(0, 1), moves, centre=unit.recentred)
        return images.unflatten(0, batch.shape), labels[batch]

    # The last genome is the deterministic one.
    network = _genomes.train(
        draw,
        [*map(float, unit.neurons), float("inf")],
        (train[0].numel(), unit.types, data.classes),
        steps=unit.epochs * steps,
        learning_rate=unit.learning_rate,
        gain=unit.gain,
        first_logit=(unit.first_logit, unit.first_logit_sd),
        generators=[seeded(seed, 0) for seed in unit.seeds],
        device=execution.device,
    )
    rigid = len(unit.neurons)
    accuracy = np.empty((len(unit.seeds), rigid, len(AGENTS), 2))
    spread = np.empty((len(unit.seeds), rigid, 2))
    half = np.arange(len(truth)) % 2 == 0
    for i, seed in enumerate(unit.seeds):
        rng, generator = np.random.default_rng([seed, 2]), seeded(seed, 3)
        moves = [draw_moves(len(test), unit.variability, generator, novel=novel) for novel in (False, True)]
        tried = torch.cat([seen(test, there, centre=unit.recentred) for there in moves])
        right = np.tile(truth, 2)
        deterministic = (
            _genomes.average_agent(_genomes.genome_of(network, (i, rigid), 1), network, (i, rigid), tried, unit.gain)
            == right
        ).reshape(2, -1)
        for j, n_neurons in enumerate(unit.neurons):
            genome = _genomes.genome_of(network, (i, j), n_neurons)
            how = (network, (i, j), tried, unit.gain)
            brains = _genomes.population(genome, unit.brains, rng, *how) == right
            brains = brains.reshape(unit.brains, 2, -1)
            rigid_genome = _genomes.genome_of(network, (i, rigid), n_neurons)
            sampled = (
                _genomes.population(rigid_genome, unit.rigid_brains, rng, network, (i, rigid), tried, unit.gain)
                == right
            )
            best = brains[..., half].mean(-1).argmax(0)
            accuracy[i, j] = np.stack(
                [
                    brains.mean((0, 2)),
                    (_genomes.average_agent(genome, *how) == right).reshape(2, -1).mean(1),
                    (_genomes.rounded_agent(genome, *how) == right).reshape(2, -1).mean(1),
                    deterministic.mean(1),
                    sampled.reshape(unit.rigid_brains, 2, -1).mean((0, 2)),
                    brains[best, [0, 1]][:, ~half].mean(1),
                    deterministic[:, ~half].mean(1),
                ]
            )
            spread[i, j] = brains.mean(2).std(0)
    drawn = unit.neurons[min(1, rigid - 1)]
    genome = _genomes.genome_of(network, (0, min(1, rigid - 1)), drawn)
    brain = sample_brains(genome, 1, np.random.default_rng([unit.seeds[0], 4]))
    side = list(train.shape[1:])
    return {
        "accuracy": xr.Dataset(
            {
                "accuracy": (("seed", "neurons", "agent", "world"), accuracy),
                "agent_sd": (("seed", "neurons", "world"), spread),
            },
            coords={"seed": unit.seeds, "neurons": unit.neurons, "agent": AGENTS, "world": ["known", "novel"]},
            attrs={"images": data.name, "test_images": len(truth), "brains": unit.brains},
        ),
        "genome": xr.Dataset(
            {
                "hidden": (("sign", "input", "type"), np.stack([genome.excitatory[0], genome.inhibitory[0]])),
                "output": (("sign", "type", "class"), np.stack([genome.excitatory[1], genome.inhibitory[1]])),
                "brain": (("input", "neuron"), brain[0][0].astype(np.int64)),
                "brain_output": (("neuron", "class"), brain[1][0].astype(np.int64)),
            },
            coords={"sign": ["excitatory", "inhibitory"]},
            attrs={"neurons": drawn, "height": side[0], "width": side[1]},
        ),
    }
