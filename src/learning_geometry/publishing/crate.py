"""The book as a research object: `ro-crate-metadata.json`, which names its files, their checksums and the runs that made them."""

import hashlib
import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learning_geometry.publishing.codecheck import address
from learning_geometry.studies import STUDIES

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
"""The profile that the crate follows beside RO-Crate itself: files, and the runs of software that made them."""

_TERMS = {"creditText": "http://schema.org/creditText", "sha256": "http://schema.org/sha256"}
"""Terms of schema.org that RO-Crate 1.1 does not list."""

_TYPES = {".ipynb": "application/x-ipynb+json", ".csv": "text/csv", ".json": "application/json", ".html": "text/html"}


def write_crate(html: Path, ledger: dict[str, Any], citation: dict[str, Any]) -> Path | None:
    """Describe a finished book in its own folder; nothing is written if the checkout has no `CITATION.cff`.

    Raises:
        FileNotFoundError: a file that the ledger knows is not in the book.
    """
    if not citation:
        return None
    file = html / "ro-crate-metadata.json"
    described = json.dumps(_crate(html, ledger, citation).metadata.generate(), indent=1, ensure_ascii=False)
    file.write_text(described + "\n", encoding="utf-8")
    return file


def _crate(html: Path, ledger: dict[str, Any], citation: dict[str, Any]) -> "ROCrate":
    from rocrate.rocrate import ROCrate  # pages of other commands need none of it

    crate = ROCrate(version="1.1")  # that on which the profile is built
    crate.metadata.extra_terms.update(_TERMS)
    authors = [_author(crate, author) for author in citation["authors"]]
    profile = _entity(crate, PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    crate.root_dataset["conformsTo"] = profile
    crate.name, crate.datePublished = citation["title"], ledger["generated_at"]
    crate.description = (
        f"An executable book at scale {ledger['scale']}: pages, data of every figure, and every claim with its verdict."
    )
    crate.root_dataset["version"] = citation["version"]
    crate.root_dataset["keywords"] = citation["keywords"]
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = authors if len(authors) > 1 else authors[0]
    crate.license = [
        _entity(crate, f"https://spdx.org/licenses/{name}", "CreativeWork", name=name)
        for name in _list(citation["license"])
    ]
    crate.root_dataset["citation"] = [_paper(crate, paper) for paper in citation["references"]]
    _file(crate, html, "intro.html", "The book, from its first page")
    _file(crate, html, "_static/ledger.json", "Every claim with its statistic, value, interval, rule and verdict")
    _file(crate, html, "_static/ledger.schema.json", "The format of the ledger")
    _file(crate, html, "_static/claims.csv", "Every claim as a table")
    place = address(citation)
    software = _entity(
        crate,
        place or "#learning-geometry",
        "SoftwareApplication",
        name="learning-geometry",
        version=f"{citation['version']}, commit {ledger['commit']}",
        **({"url": place} if place else {}),
    )
    for name, entry in ledger["studies"].items():
        crate.root_dataset.append_to("mentions", _run(crate, html, name, entry, software, ledger["generated_at"]))
    return crate


def _run(crate: "ROCrate", html: Path, name: str, entry: dict[str, Any], software: "Entity", ended: str) -> "Entity":
    """The execution of a chapter: the software, the executed notebook, and the data of its figures."""
    study, machine = STUDIES[name], entry["environment"]
    notebook = _file(crate, html, f"_sources/studies/{study.notebook.stem}.ipynb", f"Executed notebook: {study.title}")
    results = [notebook]
    for figure in entry["figures"]:
        results.append(_file(crate, html, f"_static/{figure['data']}", f"Data of {figure['name']} in: {study.title}"))
    return _entity(
        crate,
        f"#run-{name}",
        "CreateAction",
        name=f"Measuring and judging: {study.title}",
        description=f"{entry['seconds']} s on {machine['system']}, {machine['cpu']}; commit {entry['commit']}",
        instrument=software,
        result=results,
        endTime=ended,
    )


def _file(crate: "ROCrate", html: Path, name: str, title: str) -> "Entity":
    content = (html / name).read_bytes()
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    known = {"name": title, "encodingFormat": kind, "contentSize": str(len(content))}
    return crate.add_file(dest_path=name, properties=known | {"sha256": hashlib.sha256(content).hexdigest()})


def _author(crate: "ROCrate", author: dict[str, str]) -> "Entity":
    if "name" in author:
        return _entity(crate, f"#{author['name'].replace(' ', '-')}", "Organization", name=author["name"])
    names = {"givenName": author["given-names"], "familyName": author["family-names"]}
    full = " ".join(names.values())
    return _entity(crate, author.get("orcid") or f"#{full.replace(' ', '-')}", "Person", name=full, **names)


def _paper(crate: "ROCrate", paper: dict[str, Any]) -> "Entity":
    return _entity(
        crate,
        address(paper) or f"#{paper['title']}",
        "ScholarlyArticle",
        name=paper["title"],
        creditText=", ".join(f"{author['given-names']} {author['family-names']}" for author in paper["authors"]),
        datePublished=str(paper["year"]),
    )


def _entity(crate: "ROCrate", id: str, kind: str, **properties: Any) -> "Entity":
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, id, properties={"@type": kind} | _plain(properties)))


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties in which other entities stand by their names, as JSON-LD has them."""
    return {name: _named(value) for name, value in properties.items()}


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_named, value))
    return {"@id": value.id} if hasattr(value, "id") else value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
