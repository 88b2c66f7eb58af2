"""Provenance: the folded box at the end of every executed page, drawn from the ledger."""

from typing import Any


def seeds_in_words(parameters: dict[str, Any]) -> str:
    """The parameters of a study that count or list seeds, in words."""
    named = {name: value for name, value in parameters.items() if "seed" in name}
    return ", ".join(f"{name} = {value}" for name, value in named.items()) or "none (nothing random)"


def box(ledger: dict[str, Any], study: str) -> str:
    """The provenance of a study's page as a folded MyST box."""
    entry = ledger["studies"][study]
    machine = entry["environment"]
    facts = [
        ("Commit", f"`{entry['commit']}`"),
        ("Scale", ledger["scale"]),
        ("Notebook", f"`{entry['notebook']}`"),
        ("Seeds", seeds_in_words(entry["parameters"])),
        (
            "Time",
            f"{entry['seconds_measuring']} s of measuring in {len(entry['records'])} units "
            f"(added up over units), {entry['seconds_notebook']:.1f} s for the notebook",
        ),
        ("Peak memory", f"{entry['peak_memory_mb']:.0f} MB in one process"),
        ("Machine", f"{machine['system']}, {machine['cpu']}, {machine['cores']} cores"),
        ("Threads", f"{machine['threads']} per unit of measurement"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in machine["versions"].items())),
        ("Written", ledger["generated_at"]),
    ]
    parameters = [(f"`{name}`", f"`{value!r}`") for name, value in entry["parameters"].items()]
    return "\n".join(
        [
            "````{dropdown} Provenance: how this page was made",
            *_table(("Fact", "Value"), facts),
            "",
            *_table(("Parameter", "Value"), parameters),
            "````",
        ]
    )


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    return [f"| {head[0]} | {head[1]} |", "| --- | --- |", *(f"| {left} | {right} |" for left, right in rows)]
