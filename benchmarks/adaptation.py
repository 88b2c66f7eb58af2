"""Time networks of adaptive neurons beside a loop over the published equations, and the activation beside automatic differentiation.

Prints one Markdown table. Times are CPU seconds on one thread, the least of several alternating runs.
"""

from typing import Any

import torch
from racing import race, row
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn import functional

from learning_geometry.instruments.activation import gamma
from learning_geometry.materials.recurrent_networks import last_state
from learning_geometry.materials.recurrent_starts import build

SEEDS, BATCH, SIZE = 10, 64, 1_000_000


class Published(nn.Module):
    """One network at a time, as the authors' public code has it: a loop over steps, and a recurrent cell over all neurons."""

    def __init__(self, hidden: int, controller: int) -> None:
        super().__init__()
        self.inward, self.recurrent = nn.Linear(1, hidden), nn.Linear(hidden, hidden, bias=False)
        self.control = nn.RNNCell(1, controller)
        self.gain, self.saturation = nn.Linear(controller, 1), nn.Linear(controller, 1)
        nn.init.constant_(self.gain.bias, 6.0)
        nn.init.orthogonal_(self.recurrent.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        batch, hidden = len(inputs), self.recurrent.in_features
        h = inputs.new_zeros(batch, hidden)
        g = inputs.new_zeros(batch * hidden, self.control.hidden_size)
        for x in inputs.unbind(1):
            a = self.inward(x[:, None]) + self.recurrent(h)
            g = self.control(a.reshape(-1, 1), g)
            n, s = self.gain(g).view(batch, hidden), self.saturation(g).view(batch, hidden)
            h = plain(a, n, s)
        return h


def plain(x: Tensor, n: Tensor, s: Tensor) -> Tensor:
    return (1 - s) * functional.softplus(n * x) / n + s * torch.sigmoid(n * x)


def scan(hidden: int, controller: int, times: int, repeats: int) -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in range(SEEDS)]
    ours = build("adaptive", generators, hidden=hidden, classes=10, controller=controller, gains=(5.0, 7.0))
    theirs = [Published(hidden, controller) for _ in range(SEEDS)]
    inputs = torch.rand(SEEDS, BATCH, times)

    def together() -> Any:
        ours.zero_grad()
        last_state(ours, inputs)[0].square().mean().backward()

    def one_by_one() -> Any:
        for network, sequences in zip(theirs, inputs, strict=True):
            network.zero_grad()
            network(sequences).square().mean().backward()

    seconds, _ = race({"ours": together, "published": one_by_one}, repeats)
    task = f"adaptive networks, N = {hidden}, controller of {controller}, {SEEDS} seeds, {times} steps, there and back"
    row(
        task,
        seconds["ours"],
        "a loop over the published equations, seed by seed",
        seconds["published"],
        "3x faster",
        "",
    )


def activation() -> None:
    arguments = [torch.randn(SIZE), torch.rand(SIZE) + 5, torch.rand(SIZE)]
    for argument in arguments:
        argument.requires_grad_()

    def of(function: Any) -> Any:
        return torch.autograd.grad(function(*arguments).sum(), arguments)

    seconds, results = race({"ours": lambda: of(gamma), "autograd": lambda: of(plain)}, 30)
    off = max(float((a - b).abs().max()) for a, b in zip(*results.values(), strict=True))
    row("`gamma` and its gradients, a million numbers", seconds["ours"], "automatic differentiation", seconds["autograd"], "1.8x faster", f"gradients differ by {off:.0e} at most")  # fmt: skip


def main() -> None:
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with threadpool_limits(1):
        activation()
        scan(64, 4, 64, 3)
        scan(400, 4, 16, 2)
        scan(400, 50, 4, 2)


if __name__ == "__main__":
    main()
