"""How networks carry small differences along: Lyapunov exponents of their driven map, through the adaptive state."""

import copy

import torch
from torch import Tensor

from learning_geometry.instruments.activation import derivatives
from learning_geometry.instruments.lyapunov import Step, lyapunov_exponents
from learning_geometry.materials.recurrent_networks import LEAST_GAIN, RateNetwork


def tangent_step(network: RateNetwork, inputs: Tensor, drive: float) -> Step:
    """The step of networks under inputs `(seeds, batch, times)` and a constant drive, with tangents.

    States are outputs, followed by the states of the controllers if there are any: `(seeds, batch, hidden * (1 + controller))`.
    """
    hidden = network.hidden

    @torch.inference_mode()
    def step(t: int, state: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        h, dh = state[..., :hidden], tangents[..., :hidden, :]
        outside = network.drive(inputs[..., t, None], None) + drive
        a = torch.baddbmm(outside, h, network.recurrent)
        da = network.recurrent.mT.unsqueeze(1) @ dh
        if network.model == "relu":
            return torch.relu(a), (a > 0).unsqueeze(-1) * da
        if network.model == "tanh":
            h = torch.tanh(a)
            return h, (1 - h * h).unsqueeze(-1) * da
        if network.model != "adaptive":
            n, s = network.gain.clamp_min(LEAST_GAIN), network.saturation
            rest = (inputs[..., t, None],)
            return network.step(*rest, (h,), torch.tensor(drive))[0], derivatives(a, n, s)[0].unsqueeze(-1) * da
        seeds, batch, c = network.seeds, len(h[0]), network.controller
        # States of controllers stand as (seeds, batch, controller, hidden); the network has them as (seeds, controller, batch * hidden).
        g = state[..., hidden:].view(seeds, batch, c, hidden)
        dg = tangents[..., hidden:, :].view(seeds, batch, c, hidden, -1)
        new_h, new_g = network.step(
            inputs[..., t, None], (h, g.transpose(1, 2).reshape(seeds, c, -1)), torch.tensor(drive)
        )
        n, s = network.shape_of(new_g, a.shape)
        g = new_g.view(seeds, c, batch, hidden).transpose(1, 2)
        inner = torch.einsum("sic,sbcnk->sbink", network.control, dg) + torch.einsum(
            "sic,sbnk->sbink", network.control_in, da
        )
        dg = (1 - g * g).unsqueeze(-1) * inner
        dn, ds = torch.einsum("sic,sbcnk->isbnk", network.control_out, dg)
        dn = dn * (n > LEAST_GAIN).unsqueeze(-1)
        of_x, of_n, of_s = (part.unsqueeze(-1) for part in derivatives(a, n, s))
        flat = g.reshape(seeds, batch, -1), dg.reshape(seeds, batch, c * hidden, -1)
        return torch.cat([new_h, flat[0]], -1), torch.cat([of_x * da + of_n * dn + of_s * ds, flat[1]], -2)

    return step


def exponents(network: RateNetwork, sequences: Tensor, drive: float, k: int, generator: torch.Generator) -> Tensor:
    """The `k` largest exponents `(seeds, batch, k)` of networks that read sequences `(seeds, batch, times)` from rest.

    In nats a step, over the last three quarters of the sequence: never beyond the length on which networks were trained.
    """
    exact = copy.deepcopy(network).double()
    times = sequences.shape[-1]
    size = network.hidden * (1 + (network.controller if network.model == "adaptive" else 0))
    start = torch.zeros(*sequences.shape[:2], size, dtype=torch.float64, device=sequences.device)
    step = tangent_step(exact, sequences.double(), drive)
    return lyapunov_exponents(step, start, steps=times, k=k, warm_up=times // 4, generator=generator)
