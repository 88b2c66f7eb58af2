"""Claims are declared with the function that computes their statistic, before anything is measured."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from learning_geometry.claims.estimates import Estimate
from learning_geometry.claims.rules import Rule
from learning_geometry.claims.vocabulary import Kind
from learning_geometry.records import Records

Statistic = Callable[[Records], Estimate]
StatisticT = TypeVar("StatisticT", bound=Statistic)

OURS = "our question"
"""Source of a claim that no paper states."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement with its owner, the statistic and the rule that judge it, and the function that computes the statistic."""

    id: str
    kind: Kind
    statement: str
    source: str
    statistic: str
    unit: str
    rule: Rule
    headline: bool
    hindsight: str
    printed: float | None
    read_off: float | None
    matrix: str
    absent: str
    of: str
    contrast: Rule | None
    uncontrasted: str
    module: str
    function: str
    compute: Statistic = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("statement", "source", "statistic"):
            if len(getattr(self, name)) < 4:
                raise ValueError(f"claim {self.id}: its {name} is {getattr(self, name)!r}; say it in words")
        if not re.fullmatch(r"[a-z][a-z0-9.-]*", self.id):
            raise ValueError(f"claim id {self.id!r}: use small letters, digits, dots and dashes")
        if self.headline and self.kind is not Kind.PAPER:
            raise ValueError(f"claim {self.id}: only a statement of the paper is a headline, this one is {self.kind}")
        if self.printed is not None and self.read_off is not None:
            raise ValueError(f"claim {self.id}: its paper value is either printed or read off, not both")
        if self.kind is Kind.CONTROL and (self.contrast is None) == (not self.uncontrasted):
            raise ValueError(
                f"control {self.id}: give either the rule of its contrast with {self.of}, or why there is none"
            )
        if self.kind is Kind.CONTROL and getattr(self.rule, "partly", None) is not None:
            raise ValueError(f"control {self.id}: a control holds or fails; its rule has no weaker threshold")

    @property
    def section(self) -> str:
        """The section of the chapter that shows the claim."""
        return self.module.rpartition(".")[2]


class Claims:
    """The claims of one section of a chapter, in the order of their declaration.

    Made at the top of `studies/<study>/claims/<section>.py` by `claims = Claims(__name__)`; its methods decorate the functions
    that compute the statistics. A claim's id is the name of its function with dashes.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self._claims: list[Claim] = []

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)

    def paper(
        self,
        statement: str,
        *,
        source: str,
        statistic: str,
        rule: Rule,
        unit: str = "",
        headline: bool = False,
        hindsight: str = "",
        printed: float | None = None,
        read_off: float | None = None,
        matrix: str = "",
        absent: str = "",
        id: str = "",
    ) -> Callable[[StatisticT], StatisticT]:
        """Declare a statement of the paper.

        `source` names its section, figure or abstract; `printed` is the paper's number where it was read, `read_off` where it
        was read off a figure; `absent` says why there is nothing to judge where the experiment was not run; `matrix` names
        the table whose cell the claim is.
        """
        return self._declare(
            Kind.PAPER, statement, source=source, statistic=statistic, rule=rule, unit=unit, headline=headline,
            hindsight=hindsight, printed=printed, read_off=read_off, matrix=matrix, absent=absent, id=id,
        )  # fmt: skip

    def ours(
        self,
        statement: str,
        *,
        statistic: str,
        rule: Rule,
        source: str = OURS,
        unit: str = "",
        hindsight: str = "",
        printed: float | None = None,
        read_off: float | None = None,
        matrix: str = "",
        absent: str = "",
        id: str = "",
    ) -> Callable[[StatisticT], StatisticT]:
        """Declare a question or extension of this book; `source` names where the idea stands, if anywhere."""
        return self._declare(
            Kind.OURS, statement, source=source, statistic=statistic, rule=rule, unit=unit, hindsight=hindsight,
            printed=printed, read_off=read_off, matrix=matrix, absent=absent, id=id,
        )  # fmt: skip

    def control(
        self,
        statement: str,
        *,
        of: str,
        statistic: str,
        rule: Rule,
        contrast: Rule | None = None,
        uncontrasted: str = "",
        source: str = OURS,
        unit: str = "",
        hindsight: str = "",
        absent: str = "",
        id: str = "",
    ) -> Callable[[StatisticT], StatisticT]:
        """Declare what must come out as stated, or the test of the claim `of` shows nothing.

        `contrast` is the rule for the difference control minus claim, paired by seed; `uncontrasted` says why there is none.
        """
        return self._declare(
            Kind.CONTROL, statement, source=source, statistic=statistic, rule=rule, unit=unit, hindsight=hindsight,
            absent=absent, id=id, of=of, contrast=contrast, uncontrasted=uncontrasted,
        )  # fmt: skip

    def _declare(
        self,
        kind: Kind,
        statement: str,
        *,
        source: str,
        statistic: str,
        rule: Rule,
        unit: str,
        hindsight: str,
        absent: str,
        id: str,
        headline: bool = False,
        printed: float | None = None,
        read_off: float | None = None,
        matrix: str = "",
        of: str = "",
        contrast: Rule | None = None,
        uncontrasted: str = "",
    ) -> Callable[[StatisticT], StatisticT]:
        def declare(function: StatisticT) -> StatisticT:
            name = function.__name__
            claim = Claim(
                id=id or name.replace("_", "-"), kind=kind, statement=statement, source=source, statistic=statistic,
                unit=unit, rule=rule, headline=headline, hindsight=hindsight, printed=printed, read_off=read_off,
                matrix=matrix, absent=absent, of=of, contrast=contrast, uncontrasted=uncontrasted, module=self.module,
                function=name, compute=function,
            )  # fmt: skip
            if any(claim.id == other.id for other in self._claims):
                raise ValueError(f"{self.module} declares the claim {claim.id!r} twice")
            self._claims.append(claim)
            return function

        return declare
