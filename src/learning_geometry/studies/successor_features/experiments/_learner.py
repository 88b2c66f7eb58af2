"""A learner: the networks of an agent for several seeds, and one step of learning for all of them."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from learning_geometry.studies.successor_features.experiments import _networks as networks
from learning_geometry.studies.successor_features.experiments._networks import Patches, Sizes
from learning_geometry.studies.successor_features.experiments._recipes import Recipe

_IMAGE_WEIGHT = 10.0  # of the reconstruction loss, as in the authors' code


class Batch(NamedTuple):
    """Transitions `(seeds, batch)` as indices of states and actions, with rewards and whether the episode ended."""

    state: Tensor
    action: Tensor
    reward: Tensor
    following: Tensor
    ended: Tensor


class Learner:
    """The networks of one agent; every tensor has the seeds as its first dimension, and no seed sees another.

    Values of all frames are computed at once: they serve the loss, the choice of actions and the next target. The target
    is a copy of these values, so that it keeps the task vector of its time.
    """

    def __init__(
        self,
        recipe: Recipe,
        patches: Patches,
        sizes: Sizes,
        generators: list[torch.Generator],
        *,
        learning_rate: float,
        task_learning_rate: float,
        discount: float,
        device: str = "cpu",
    ) -> None:
        self.recipe, self.sizes, self.discount = recipe, sizes, discount
        outputs = sizes.actions * (sizes.features if recipe.successor else 1)
        parameters = networks.encoder(patches, sizes, generators)
        inputs = sizes.features * (2 if recipe.successor else 1)
        parameters |= networks.head(inputs, outputs, sizes, generators)
        drawn = torch.stack([torch.rand(sizes.features, generator=generator) for generator in generators])
        if recipe.auxiliary == "reconstruction":
            # Drawn last: all other parameters are those of the other agents.
            decoder = networks.layer(sizes.features, patches.pixels.shape[1], generators)
            parameters |= {"decoder.weight": decoder[0], "decoder.offset": decoder[1]}
        self.task_vector = functional.normalize(drawn, dim=1).to(device)
        self.parameters = {name: value.to(device) for name, value in parameters.items()}
        trained = [value for name, value in self.parameters.items() if not self._frozen(name)]
        groups: list[dict[str, Any]] = [{"params": trained, "lr": learning_rate}]
        if recipe.successor:
            groups.append({"params": [self.task_vector], "lr": task_learning_rate})
        for group in groups:
            for value in group["params"]:
                value.requires_grad_()
        self.optimiser = torch.optim.Adam(groups, fused=True)
        self.enter(patches)

    def _frozen(self, name: str) -> bool:
        return name.startswith("encoder") and not (self.recipe.values_shape_encoder or self.recipe.auxiliary)

    def enter(self, patches: Patches) -> None:
        """Enter a maze with these frames; values of the target start as those of now."""
        self.patches = patches
        self.copy_target()

    @torch.no_grad()
    def copy_target(self) -> None:
        """Make the values, and successor features, of now the target."""
        _, _, hidden, values = self._forward()
        self.values = self.target = values
        if self.recipe.feature_loss:
            self.target_features = networks.outputs(hidden, self.parameters)

    def _forward(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        features = networks.encode(self.patches, self.parameters)
        read = features if self.recipe.values_shape_encoder else features.detach()
        if not self.recipe.successor:
            hidden = networks.hidden_units(read, None, self.parameters)
            return features, networks.directions(features), hidden, networks.outputs(hidden, self.parameters)
        by_reward = self.recipe.rewards_shape_task_vector
        task = self.task_vector.detach() if by_reward else self.task_vector
        hidden = networks.hidden_units(read, task, self.parameters)
        values = networks.folded_values(hidden, task, self.parameters, self.sizes.actions)
        return features, networks.directions(features), hidden, values

    def update(self, batch: Batch) -> None:
        """One step of learning on a batch for each seed."""
        features, phi, hidden, values = self._forward()
        # Double Q: the online values choose the action, the target says what it is worth.
        best = values.detach().argmax(-1)
        place = batch.following * self.sizes.actions + best.gather(1, batch.following)
        going_on = self.discount * (1 - batch.ended)
        loss = values.new_zeros(())
        if self.recipe.value_loss:
            wanted = batch.reward + going_on * self.target.flatten(1).gather(1, place)
            chosen = values.flatten(1).gather(1, batch.state * self.sizes.actions + batch.action)
            loss = loss + functional.huber_loss(chosen, wanted, reduction="none").mean(1).sum()
        if self.recipe.feature_loss:
            loss = loss + self._feature_loss(batch, phi, hidden, place, going_on)
        if self.recipe.successor and self.recipe.rewards_shape_task_vector:
            seen = phi if self.recipe.reward_shapes_encoder else phi.detach()
            predicted = torch.bmm(seen, self.task_vector[:, :, None])[..., 0].gather(1, batch.following)
            loss = loss + 0.5 * (batch.reward - predicted).square().mean(1).sum()
        if self.recipe.auxiliary == "reconstruction":
            loss = loss + _IMAGE_WEIGHT * self._image_error(features, batch.state)
        elif self.recipe.auxiliary == "orthogonality":
            loss = loss + orthogonality(_rows(phi, batch.state), _rows(phi, batch.following))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.values = values.detach()

    def _feature_loss(self, batch: Batch, phi: Tensor, hidden: Tensor, place: Tensor, going_on: Tensor) -> Tensor:
        width = self.sizes.features
        psi = networks.outputs(hidden, self.parameters).unflatten(2, (self.sizes.actions, width)).flatten(1, 2)
        target = self.target_features.unflatten(2, (self.sizes.actions, width)).flatten(1, 2)
        now = _rows(psi, batch.state * self.sizes.actions + batch.action)
        wanted = _rows(phi, batch.following) + going_on[..., None] * _rows(target, place)
        return 0.5 * (wanted - now).square().sum(2).mean(1).sum()

    def _image_error(self, features: Tensor, states: Tensor) -> Tensor:
        drawn = torch.baddbmm(self.parameters["decoder.offset"], features, self.parameters["decoder.weight"])
        errors = (drawn - self.patches.pixels).square().mean(2)
        return errors.gather(1, states).mean(1).sum()

    def freeze(self) -> None:
        """From now on learn nothing but the task vector.

        Raises:
            ValueError: The agent has no task vector that predicts rewards.
        """
        if not (self.recipe.successor and self.recipe.rewards_shape_task_vector):
            raise ValueError("this agent has no task vector that predicts rewards; nothing would be left to learn")
        for value in self.parameters.values():
            value.requires_grad_(False)

    @torch.no_grad()
    def look(self) -> tuple[Tensor, Tensor, Tensor]:
        """Features `(seeds, frames, features)`, successor features of the greedy action, and values `(..., actions)`.

        An agent without successor features has the hidden units of its head in their place.
        """
        features, _, hidden, values = self._forward()
        if not self.recipe.successor:
            return features, hidden, values
        psi = networks.outputs(hidden, self.parameters).unflatten(2, (self.sizes.actions, self.sizes.features))
        best = values.argmax(-1)[..., None, None].expand(-1, -1, 1, self.sizes.features)
        return features, psi.gather(2, best)[:, :, 0], values


def orthogonality(phi: Tensor, following: Tensor) -> Tensor:
    """Neighbours alike, others orthogonal: the loss of the Laplacian baseline, summed over seeds.

    `phi` and `following` `(seeds, batch, features)` are the features of a transition's states. Source: the authors' code,
    after Touati et al. 2022.
    """
    gram = torch.bmm(phi, following.transpose(1, 2))
    diagonal = gram.diagonal(dim1=1, dim2=2)
    n = phi.shape[1]
    others = (gram.square().sum((1, 2)) - diagonal.square().sum(1)) / (n * (n - 1))
    return ((phi - following).square().mean((1, 2)) + others - 2 * diagonal.mean(1)).sum()


def _rows(table: Tensor, places: Tensor) -> Tensor:
    """Rows `(seeds, batch, width)` of a table `(seeds, rows, width)` at places `(seeds, batch)`."""
    return table.gather(1, places[..., None].expand(-1, -1, table.shape[2]))
