"""What a codechecker is given: the file of the published edition, true to the ledger, and open about what it lacks."""

import copy

import yaml

from learning_geometry import paths
from learning_geometry.publishing import citation, codecheck, comparison, replication

LEDGER = comparison.read(replication.published())
CONTENT = codecheck.configuration(LEDGER, citation.read())


def test_the_file_of_the_checkout_is_that_of_the_published_ledger():
    written = (paths.checkout() / "codecheck.yml").read_text(encoding="utf-8")
    assert written == codecheck.text(CONTENT), "run `learning-geometry codecheck`"
    assert written.startswith("%YAML 1.1\n---\n")
    assert yaml.safe_load(written) == CONTENT


def test_the_manifest_names_the_data_of_every_figure_by_a_relative_path():
    files = [item["file"] for item in CONTENT["manifest"]]
    assert all(item["comment"] for item in CONTENT["manifest"])
    assert len(set(files)) == len(files)
    assert not [file for file in files if file.startswith("/") or ".." in file]
    data = {
        f"_build/html/_static/{figure['data']}" for study in LEDGER["studies"].values() for figure in study["figures"]
    }
    assert set(files) == data | {"_build/ledger.json", "_build/html/_static/claims.csv"}


def test_it_invents_nobody_and_says_what_a_check_must_add():
    assert "codechecker" not in CONTENT
    assert [author["name"] for author in CONTENT["paper"]["authors"]] == ["The Geometry of Learning contributors"]
    assert "the ORCID of every author (CITATION.cff)" in codecheck.lacking(CONTENT)
    done = copy.deepcopy(CONTENT) | {
        "report": "https://doi.org/10.5281/x",
        "summary": "Made again.",
        "certificate": "2026-001",
    }
    done["codechecker"] = [{"name": "A reader"}]
    done["paper"]["authors"] = [{"name": "An author", "ORCID": "0000-0002-1825-0097"}]
    assert codecheck.lacking(done) == []
    assert codecheck.lacking(done | {"manifest": []}) == ["a manifest whose items name a file"]


def test_people_and_places_are_taken_from_the_citation_as_they_stand():
    person = {"given-names": "Josiah", "family-names": "Carberry", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    other = citation.read() | {"authors": [person], "doi": "10.5555/x", "repository-code": "https://example.org/r"}
    content = codecheck.configuration(LEDGER, other)
    assert content["paper"]["authors"] == [{"name": "Josiah Carberry", "ORCID": "0000-0002-1825-0097"}]
    assert content["paper"]["reference"] == "https://doi.org/10.5555/x"
    assert content["repository"] == "https://example.org/r"
