"""Time the multi-view loss beside the pairwise one, and the augmentations of a batch beside the arithmetic that they need.

Prints one Markdown table. Times are CPU seconds on one thread, the least of several alternating runs.
"""

import torch
from racing import race, row
from threadpoolctl import threadpool_limits
from torch.nn import functional

from learning_geometry.instruments.multi_view import barlow_mean, barlow_pairs, vicreg_mean, vicreg_pairs
from learning_geometry.studies.efficient_ssl.experiments._pretraining import VIEWS

A, B, D = 8, 256, 256


def losses(generator: torch.Generator) -> None:
    views = torch.randn(A, B, D, generator=generator).requires_grad_()

    def both_ways(loss: object, **how: float) -> object:
        return lambda: torch.autograd.grad(loss(views, **how), views)  # type: ignore[operator]

    weights = {"invariance": 25.0, "variance": 25.0}
    for name, mean, pairs, how in (
        ("barlow", barlow_mean, barlow_pairs, {"off_diagonal": 0.01}),
        ("vicreg", vicreg_mean, vicreg_pairs, weights),
    ):
        seconds, _ = race({"mean": both_ways(mean, **how), "pairs": both_ways(pairs, **how)}, 7)
        task = f"`{name}_mean`, {A} views of {B} images, {D} features, forward and backward"
        row(task, seconds["mean"], f"`{name}_pairs`", seconds["pairs"], "at least 3 times faster", "")


def augmentations(generator: torch.Generator) -> None:
    for side in (8, 32):
        images = torch.rand(A * B, 1, side, side, generator=generator)
        grid = 2 * torch.rand(A * B, side, side, 2, generator=generator) - 1

        def arithmetic(images: torch.Tensor = images, grid: torch.Tensor = grid) -> torch.Tensor:
            seen = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
            return seen + 0.1 * torch.randn(images.shape, generator=generator)

        seconds, _ = race({"ours": lambda images=images: VIEWS(images, generator), "least": arithmetic}, 7)
        task = f"`Views`, {A * B:,} views of {side} x {side} pixels"
        row(task, seconds["ours"], "sampling and noise alone", seconds["least"], "at most 2", "")


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        losses(generator)
        augmentations(generator)


if __name__ == "__main__":
    main()
