"""`codecheck.yml`, which tells an independent codechecker what to make again (CODECHECK, specification 2.0)."""

from collections.abc import Iterator
from typing import Any

import yaml

from learning_geometry.publishing.figures import data_file
from learning_geometry.studies import STUDIES

SPECIFICATION = "https://codecheck.org.uk/spec/config/2.0/"

_HEAD = """%YAML 1.1
---
# Written by `learning-geometry codecheck` from the published ledger and CITATION.cff: the authors' part. Whoever checks adds
# codechecker, report, summary, certificate and check_time. Paths are those of a checkout in which `make book` has run.
"""


def configuration(ledger: dict[str, Any], citation: dict[str, Any]) -> dict[str, Any]:
    """The authors' part: what has to be made again, what it belongs to, and how it is made."""
    return {
        "version": SPECIFICATION,
        "manifest": list(_manifest(ledger)),
        "paper": _paper(citation),
        **({"repository": citation["repository-code"]} if "repository-code" in citation else {}),
        # The specification asks that fields beyond its own are gathered under one name.
        "learning_geometry": {
            "command": "make book",
            "scale": ledger["scale"],
            "commit": ledger["commit"],
            "results_of": ledger["generated_at"],
            "tested_papers": [
                {"title": paper["title"], "reference": address(paper)} for paper in citation["references"]
            ],
        },
    }


def text(content: dict[str, Any]) -> str:
    """The file."""
    return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def lacking(content: dict[str, Any]) -> list[str]:
    """What the specification demands of a finished check and the configuration does not have, in words."""
    paper = content.get("paper", {})
    authors = paper.get("authors") or [{}]
    checkers = content.get("codechecker") or [{}]
    demanded = {
        "a manifest whose items name a file": content.get("manifest")
        and all("file" in item for item in content["manifest"]),
        "the title of the paper": paper.get("title"),
        "the name of every author": all(author.get("name") for author in authors),
        "the ORCID of every author (CITATION.cff)": all(author.get("ORCID") for author in authors),
        "a reference to the paper": paper.get("reference"),
        "the name of every codechecker": all(checker.get("name") for checker in checkers),
        **{f"the field {name}": content.get(name) for name in ("report", "summary", "certificate")},
    }
    return [name for name, there in demanded.items() if not there]


def address(entry: dict[str, Any]) -> str | None:
    """Where an entry of `CITATION.cff` can be found, its DOI before any other place."""
    doi = entry.get("doi")
    return f"https://doi.org/{doi}" if doi else entry.get("url") or entry.get("repository-code")


def _manifest(ledger: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield {"file": "_build/ledger.json", "comment": "every claim with its statistic, value, interval, rule and verdict"}
    yield {"file": "_build/html/_static/claims.csv", "comment": "the same as a table"}
    for name, entry in ledger["studies"].items():
        study = STUDIES[name]
        for figure in entry["figures"]:
            file = f"_build/html/_static/{data_file(study.notebook, figure['name'])}"
            yield {"file": file, "comment": f"what {figure['name']} in the chapter “{study.title}” draws"}


def _paper(citation: dict[str, Any]) -> dict[str, Any]:
    reference = address(citation) or f"{citation['title']}, version {citation['version']}"
    return {"title": citation["title"], "authors": list(map(_author, citation["authors"])), "reference": reference}


def _author(author: dict[str, str]) -> dict[str, str]:
    name = author.get("name") or f"{author['given-names']} {author['family-names']}"
    orcid = author.get("orcid", "").removeprefix("https://orcid.org/")
    return {"name": name, **({"ORCID": orcid} if orcid else {})}
