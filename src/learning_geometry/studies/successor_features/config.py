"""What the study on successor features may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field, model_validator

from learning_geometry.materials.mazes import check_maze
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.successor_features.experiments._recipes import check_agents
from learning_geometry.studies.successor_features.experiments.exact import Exact
from learning_geometry.studies.successor_features.experiments.training import Training
from learning_geometry.studies.types import Count, Device, Distinct, NonNegativeCount, Positive, Seeds, Share
from learning_geometry.studies.unit import Unit

MAIN = ("simple", "DQN")
"""The agents that go through every experiment."""


class Config(Parameters):
    """Parameters of the study on successor features; the notebook's parameters cell says what each means."""

    maze: str
    maze_size: Count
    tile_size: Annotated[int, Field(ge=3)]
    device: Device
    seeds: Seeds
    group: Count
    phases: Annotated[int, Field(ge=2)]
    branches: Distinct[str]
    agents: Distinct[str]
    learning_rates: list[Positive]
    agent_seeds: Seeds
    egocentric_seeds: Seeds
    slips: Distinct[Positive]
    slip_seeds: Seeds
    task_learning_rate: Positive
    features: Count
    hidden: Count
    discount: Annotated[float, Field(ge=0, lt=1)]
    horizon: Count
    updates: Count
    environments: Count
    batch_size: Count
    memory: Count
    warm_up: NonNegativeCount
    epsilon: Share
    exploration: Count
    target_every: Count
    evaluate_every: Count

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        check_maze(self.maze, self.maze_size)
        check_agents(self.agents)
        if len(self.learning_rates) != len(self.agents):
            raise ValueError(
                f"learning_rates has {len(self.learning_rates)} entries for {len(self.agents)} agents; give one for each"
            )
        if absent := [agent for agent in MAIN if agent not in self.agents]:
            raise ValueError(f"agents lacks {absent[0]!r}, with which all others are compared")
        if alone := [seed for seed in self.agent_seeds if seed not in self.seeds]:
            raise ValueError(f"agent_seeds has {alone[0]}, which is none of seeds; agents are compared seed by seed")
        if self.memory < max(self.batch_size, self.warm_up):
            raise ValueError(
                f"memory = {self.memory} is smaller than batch_size = {self.batch_size} or warm_up = {self.warm_up}; enlarge it"
            )
        if self.updates % self.evaluate_every:
            raise ValueError(f"evaluate_every = {self.evaluate_every} does not divide updates = {self.updates}")
        if unknown := [name for name in self.branches if name not in ("nothing", "rewards", "layout")]:
            raise ValueError(f"branches has {unknown[0]!r}; choose from nothing, rewards and layout")
        if (steepest := max(self.slips, default=0.0)) > 1:
            raise ValueError(f"slips has {steepest}; a slip is a probability, at most 1")
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        rates = dict(zip(self.agents, self.learning_rates, strict=True))

        def training(agent: str, seeds: Sequence[int], **given: Any) -> Iterator[Unit]:
            how = {"view": "allocentric", "slip": 0.0, "phases": 1, "branches": []} | given
            for start in range(0, len(seeds), self.group):
                few = list(seeds[start : start + self.group])
                yield Training.of(self, agent=agent, learning_rate=rates[agent], seeds=few, **how)

        for agent in MAIN:
            yield from training(agent, self.seeds, phases=self.phases, branches=self.branches)
        for agent in self.agents:
            if agent not in MAIN:
                yield from training(agent, self.agent_seeds, phases=2)
        for agent in MAIN:
            yield from training(agent, self.egocentric_seeds, view="egocentric", phases=2)
        for slip in self.slips:
            for agent in MAIN:
                yield from training(agent, self.slip_seeds, slip=slip)
        yield Exact.of(self)
