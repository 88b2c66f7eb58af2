"""Claims on actions that slip."""

from learning_geometry.claims import Above, Claims, Estimate, contrast
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies.successor_features.claims._courses import DIFFERENCE, over_phase

claims = Claims(__name__)

for _slip in (0.15, 0.3, 0.45):

    @claims.ours(
        f"Where {_slip:.0%} of actions slip, the simple agent is ahead of DQN.",
        source="the authors slip actions in the 3-D four rooms; read off their figure, the outcome is mixed",
        statistic="return over the evaluations of the first phase, simple minus DQN, mean over seeds",
        unit="return",
        rule=Above(0.0),
        matrix="The simple agent is ahead of DQN, for each share of actions that slip.",
        absent="This slip is not run at this scale.",
        id=f"slip-{_slip:g}",
    )
    def slipping(records: Records, slip: float = _slip) -> Estimate:
        tried = {record.unit.slip for record in records.of("training", agent="simple")}
        if slip not in tried:
            raise MissingExperiment("training", {"slip": slip}, [f"slip {s:g}" for s in sorted(tried)])
        simple, other = (over_phase(records, agent, 1, slip=slip) for agent in ("simple", "DQN"))
        return contrast(simple, other, bounds=DIFFERENCE)
