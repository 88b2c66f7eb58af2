"""What makes one agent differ from another: its head, its losses, and which gradients reach the encoder."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How an agent learns."""

    successor: bool = True
    """Whether the head puts out successor features, which a task vector turns into values; else it puts out values."""
    value_loss: bool = True
    """Whether the temporal-difference error of values is minimised."""
    feature_loss: bool = False
    """Whether the temporal-difference error of successor features is minimised (the canonical loss)."""
    values_shape_encoder: bool = True
    """Whether these losses reach the encoder."""
    reward_shapes_encoder: bool = False
    """Whether the error of predicted rewards reaches the encoder, past the stop-gradient."""
    rewards_shape_task_vector: bool = True
    """Whether the task vector learns to predict rewards; else it is trained with the values, as a layer."""
    auxiliary: str = ""
    """A loss for the encoder alone: reconstruction, orthogonality or none."""


RECIPES = {
    "simple": Recipe(),
    "DQN": Recipe(successor=False, rewards_shape_task_vector=False),
    "same head": Recipe(rewards_shape_task_vector=False),
    "canonical": Recipe(value_loss=False, feature_loss=True),
    "no stop-gradient": Recipe(reward_shapes_encoder=True),
    "all losses": Recipe(feature_loss=True, reward_shapes_encoder=True),
    "reconstruction": Recipe(values_shape_encoder=False, auxiliary="reconstruction"),
    "orthogonality": Recipe(values_shape_encoder=False, auxiliary="orthogonality"),
    "random": Recipe(values_shape_encoder=False),
}
"""The agents by name."""


def check_agents(names: list[str]) -> None:
    """Check that there are agents of these names.

    Raises:
        ValueError: One is unknown; the message lists those that there are.
    """
    for name in names:
        if name not in RECIPES:
            raise ValueError(f"agent {name!r} is unknown; choose from {', '.join(RECIPES)}")
