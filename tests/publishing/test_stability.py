"""The page on stability counts what changed, and shows each changed claim once with what all runs say of it."""

import copy
import json
import re

from learning_geometry import paths
from learning_geometry.publishing.stability import stability

LEDGER = json.loads((paths.checkout() / "book" / "recorded" / "ledger.json").read_text(encoding="utf-8"))
STUDY = "cka_manipulation"


def replication(fresh, *verdicts):
    """A run of one study in which the first claims of the paper have these verdicts, and the others the published ones."""
    run = copy.deepcopy(LEDGER) | {"fresh": fresh}
    run["studies"] = {STUDY: run["studies"][STUDY]}
    claims = [claim for claim in run["studies"][STUDY]["claims"] if claim["verdict"] == "reproduced"]
    for claim, verdict in zip(claims, verdicts, strict=False):
        claim["verdict"] = verdict
    return run, [claim["id"] for claim in claims[: len(verdicts)]]


def counts(text):
    found = re.search(
        r"\*\*(\d+) of (\d+) verdicts .*?\*\*(\d+)\*\* turned.*?Of the (\d+) .*? (\d+) came out the same, (\d+) were undecided "
        r".*? (\d+) were decided otherwise",
        text,
    )
    return tuple(map(int, found.groups()))


def test_what_changed_is_counted_by_how_it_changed():
    quiet, _ = replication(1000)
    same, judged, opposite, decided, kept, lost, moved = counts(stability(LEDGER, [quiet]))
    assert (same, opposite, lost, moved) == (judged, 0, 0, 0)
    assert kept == decided
    changed, _ = replication(2000, "undecided", "not reproduced", "partly reproduced", "undecided")
    assert counts(stability(LEDGER, [changed])) == (judged - 4, judged, 1, decided, kept - 4, 2, 2)


def test_a_changed_claim_stands_once_with_all_runs():
    first, (id, *_) = replication(1000, "undecided")
    text = stability(LEDGER, [first, replication(2000)[0]])
    assert text.count("#claim-") == text.count(f"#claim-{id}") == 1
    row = text[text.index(f"#claim-{id}") :]
    assert [name in row for name in ("published", "seeds + 1000", "seeds + 2000")] == [True] * 3
    assert "#claim-" not in stability(LEDGER, [replication(1000)[0]])
