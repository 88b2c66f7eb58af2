"""The scoreboard shows each claim of the ledger once, where its chapter can find it, and hands out all of it."""

import copy
import csv
import io
import json
import re

import pytest

from learning_geometry import paths
from learning_geometry.publishing import scoreboard, stability
from learning_geometry.publishing.claim_csv import COLUMNS, claims_csv
from learning_geometry.publishing.claim_table import closeness
from learning_geometry.studies import STUDIES

RECORDED = paths.checkout() / "book" / "recorded"
LEDGER = json.loads((RECORDED / "ledger.json").read_text(encoding="utf-8"))
LEDGER["studies"] = {study: entry for study, entry in LEDGER["studies"].items() if study in STUDIES}
CLAIMS = [(study, claim) for study, entry in LEDGER["studies"].items() for claim in entry["claims"]]
PAGE = scoreboard.scoreboard(LEDGER, stability.replications(RECORDED / "replications"))


def rows():
    return re.findall(r'<tr id="([^"]+)".*?</tr>', PAGE)


def test_each_claim_has_one_row_that_leads_to_its_chapter():
    assert rows() == [f"{study.replace('_', '-')}-{claim['id']}" for study, claim in CLAIMS]
    for study, claim in CLAIMS:
        assert f'href="../studies/{STUDIES[study].notebook.stem}.html#claim-{claim["id"]}"' in PAGE


def test_the_glance_counts_every_verdict_once():
    glance = PAGE[PAGE.index('<dl class="glance">') : PAGE.index("</dl>")]
    assert sum(map(int, re.findall(r'class="tally"[^>]*>(\d+) ', glance))) == len(CLAIMS)


def test_a_replication_that_turns_a_verdict_is_seen_in_the_row_and_at_the_top():
    study, claim = next((study, claim) for study, claim in CLAIMS if claim["verdict"] == "reproduced")
    run = copy.deepcopy(LEDGER) | {"fresh": 1}
    same = scoreboard.scoreboard(LEDGER, [run])
    assert "none turned into the opposite" in same
    assert "data-changed" not in same
    next(c for c in run["studies"][study]["claims"] if c["id"] == claim["id"])["verdict"] = "not reproduced"
    turned = scoreboard.scoreboard(LEDGER, [run])
    assert "1 turned into the opposite" in turned
    (row,) = (row[0] for row in re.finditer(r"<tr id=.*?</tr>", turned) if "data-changed" in row[0])
    assert f"{study.replace('_', '-')}-{claim['id']}" in row
    assert "on fresh seeds: 0 of 1" in row
    assert "No replication" in scoreboard.scoreboard(LEDGER)


@pytest.mark.parametrize(
    ("region", "interval", "expected"),
    [
        ([1.0, None], [2.0, 4.0], 1.0),
        ([1.0, None], [0.9, 4.9], 0.05),
        ([0.0, 5.0], [3.0, 4.0], 2.0),
        ([1.0, None], [2.0, None], None),
        ([1.0, None], None, None),
    ],
)
def test_a_call_is_close_where_an_end_of_the_interval_is_near_a_threshold(region, interval, expected):
    found = closeness({"region": region, "interval": interval})
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_csv_holds_what_the_ledger_holds():
    table = list(csv.DictReader(io.StringIO(claims_csv(LEDGER))))
    assert [(row["study"], row["id"], row["statement"]) for row in table] == [
        (study, claim["id"], claim["statement"]) for study, claim in CLAIMS
    ]
    for row, (_, claim) in zip(table, CLAIMS, strict=True):
        low, _ = claim["interval"] or (None, None)
        assert (row["value"], row["low"]) == tuple("" if x is None else str(x) for x in (claim["value"], low))
    fields = {*CLAIMS[0][1], "study", "low", "high", "met_from", "met_to"} - {"interval", "region", "contrast"}
    assert fields == set(COLUMNS)
