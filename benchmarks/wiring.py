"""Time the sampling of brains beside the binomial draws that it replaces, and a population's step against its size.

Prints one Markdown table. Times are CPU seconds on one thread, the least of several alternating runs.
"""

import numpy as np
import torch
from racing import race, row
from threadpoolctl import threadpool_limits

from learning_geometry.instruments.wiring import Genome, sample_brains
from learning_geometry.instruments.wiring_moments import TypeNetwork, population_logits
from learning_geometry.studies.stochastic_wiring.experiments._moving_optimum import live, optima

BRAINS, INPUTS, TYPES, NEURONS, CHUNK = 10_000, 64, 10, 16, 500


def sampling(rng: np.random.Generator) -> None:
    plus, minus = rng.random((2, INPUTS, TYPES))
    genome = Genome([plus], [minus], (1, NEURONS))
    wide = [p.repeat(NEURONS, axis=1) for p in (plus, minus)]

    def binomials() -> np.ndarray:
        brains = np.empty((BRAINS, INPUTS, TYPES * NEURONS), dtype=np.int8)
        for start in range(0, BRAINS, CHUNK):
            shape = (CHUNK, INPUTS, TYPES * NEURONS)
            brains[start : start + CHUNK] = rng.binomial(1, wide[0], shape) - rng.binomial(1, wide[1], shape)
        return brains

    seconds, brains = race({"ours": lambda: sample_brains(genome, BRAINS, rng)[0], "binomials": binomials}, 2)
    off = np.abs(brains["ours"].mean(0) - brains["binomials"].mean(0)).max()
    task = f"`sample_brains`, {BRAINS:,} brains of {INPUTS} x {TYPES} x {NEURONS} neurons"
    note = f"mean weights differ by at most {off:.3f}, sampling error"
    row(task, seconds["ours"], "binomial draws alone", seconds["binomials"], "at most 3", note)


def moments(rng: np.random.Generator) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = ((2, INPUTS, TYPES), (2, TYPES, 10), (TYPES,), (10,))
    network = TypeNetwork(*(torch.randn(shape, generator=generator) for shape in shapes))
    images = torch.rand(128, INPUTS, generator=generator)
    p = [torch.sigmoid(part).double().numpy() for part in (network.hidden, network.output)]
    for count in (16, 256):
        genome = Genome([part[0] for part in p], [part[1] for part in p], (1, count, 1))

        def sampled(genome: Genome = genome) -> None:
            for image in images.numpy():
                hidden, output = sample_brains(genome, 1, rng)
                np.maximum(image @ hidden[0], 0) @ output[0]

        rivals = {
            "ours": lambda m=count: population_logits(network, images, torch.tensor(float(m)), 1.0, generator),
            "sampled": sampled,
        }
        seconds, _ = race(rivals, 5)
        task = f"`population_logits`, 128 images, {TYPES} types of {count} neurons"
        row(task, seconds["ours"], "a sampled brain an image", seconds["sampled"], "", "")


def population(rng: np.random.Generator) -> None:
    still = 0 * optima(1, 20, 4, 0.0, rng)
    how = {"neurons": 8, "tolerance": 0.5, "mutation": 0.05, "first_logit": (-1.0, 0.1)}
    sizes = (1_000, 10_000, 100_000)
    rivals = {str(n): lambda n=n: live(still, individuals=n, rng=rng, **how) for n in sizes}
    seconds, _ = race(rivals, 3)
    for n in sizes[1:]:
        task = f"20 generations of {n:,} individuals"
        growth = seconds[str(n)] / seconds[str(n // 10)]
        row(
            task,
            seconds[str(n)],
            f"of {n // 10:,}",
            seconds[str(n // 10)],
            "linear: 10",
            f"{growth:.1f} times the time",
        )


def main() -> None:
    rng = np.random.default_rng(0)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        sampling(rng)
        moments(rng)
        population(rng)


if __name__ == "__main__":
    main()
