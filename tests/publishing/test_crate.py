"""The book as a research object: read back with the library that wrote it, every file is there, with its checksum and its run.

`make crate` holds a whole book against roc-validator, which needs the network and libraries that contradict the lock.
"""

import hashlib
import json

import pytest
from rocrate.rocrate import ROCrate

from learning_geometry.publishing import citation, comparison, crate, replication
from learning_geometry.studies import STUDIES

LEDGER = comparison.read(replication.published())


@pytest.fixture
def html(tmp_path):
    """A folder with every file that a book of the published ledger has and the crate describes."""
    names = ["intro.html", "_static/ledger.json", "_static/ledger.schema.json", "_static/claims.csv"]
    for study, entry in LEDGER["studies"].items():
        names += [f"_sources/studies/{STUDIES[study].notebook.stem}.ipynb"]
        names += [f"_static/{figure['data']}" for figure in entry["figures"]]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def test_every_file_is_described_with_its_checksum_and_every_chapter_with_its_run(html):
    crate.write_crate(html, LEDGER, citation.read())
    read = ROCrate(html)
    files = [entity for entity in read.data_entities if entity.type == "File"]
    assert {file.id for file in files} == {
        path.relative_to(html).as_posix() for path in html.rglob("*") if path.is_file()
    } - {"ro-crate-metadata.json"}
    for file in files:
        content = (html / file.id).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == str(len(content))
        assert file["encodingFormat"]
    runs = read.get_by_type("CreateAction")
    assert len(runs) == len(LEDGER["studies"])
    made = [file.id for run in runs for file in run["result"]]
    figures = sum(len(entry["figures"]) for entry in LEDGER["studies"].values())
    assert len(made) == len(set(made)) == len(runs) + figures
    assert {run["instrument"].type for run in runs} == {"SoftwareApplication"}


def test_the_whole_says_who_when_and_under_which_licence(html):
    crate.write_crate(html, LEDGER, citation.read())
    root = ROCrate(html).root_dataset
    assert root["datePublished"] == LEDGER["generated_at"]
    assert [license["name"] for license in root["license"]] == ["MIT", "CC-BY-4.0"]
    assert (root["author"]["name"], root["author"].type) == ("The Geometry of Learning contributors", "Organization")
    assert len(root["citation"]) == 8
    assert root["name"]
    assert root["description"]


def test_nothing_hangs_in_the_air(html):
    crate.write_crate(html, LEDGER, citation.read())
    graph = json.loads((html / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    known = {entity["@id"] for entity in graph}
    named = {
        value["@id"]
        for entity in graph
        for values in entity.values()
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, dict)
    }
    assert named - known <= {"https://w3id.org/ro/crate/1.1"}, "the profile of the description itself is known to all"


def test_a_file_that_is_not_in_the_book_is_not_described(html):
    (html / "_static" / "claims.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"claims\.csv"):
        crate.write_crate(html, LEDGER, citation.read())
