"""What a claim's own rule says of made-up records, for the tests of claims of every study."""

from learning_geometry.claims import Outcome
from learning_geometry.records import Records
from learning_geometry.studies import Study


def own_outcome(study: Study, claim: str, records: Records) -> Outcome:
    """The outcome of a claim by its own rule; a control is not contrasted with its claim here."""
    declared = next(declared for declared in study.declared() if declared.id == claim)
    return declared.rule.decide(*declared.compute(records).ends)
