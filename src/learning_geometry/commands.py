"""What each command of the command line does; each takes its options and returns an exit code."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learning_geometry import paths
from learning_geometry.studies import STUDIES, Study
from learning_geometry.studies.assignments import read_assignments
from learning_geometry.studies.parameters import notebook_parameters, scale_file
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    from learning_geometry.studies.pool import Job


def build(options: argparse.Namespace) -> int:
    """Run the workflow, say how many verdicts are as published, or set a stale book aside; or say what it would cost."""
    from learning_geometry.publishing import workflow

    if options.dry_run:
        from learning_geometry.publishing import forecast

        print(forecast.report(options.scale), end="\n\n", flush=True)
        return workflow.build(options.scale, "--dry-run")
    return _report(options) if workflow.build(options.scale) == 0 else _withdrawn(options.scale)


def _withdrawn(scale: str) -> int:
    # What reads and writes notebooks takes two seconds to import, which a book with nothing to do does not need.
    from learning_geometry.publishing import book

    stale = book.withdraw(scale)
    if stale is not None:
        print(f"the last good book was set aside as {stale}", file=sys.stderr)
    return 1


def measure(options: argparse.Namespace) -> int:
    """Measure what the store lacks of a study, or the units that are named."""
    study = _study(options.study)
    config = study.config(options.scale, _parameters(options))
    if not options.unit:
        records = study.collect(config)
        print(f"{len(records)} records of {study.name} in {study.store().root / study.name}")
        return 0
    tasks = {task.name: task for task in study.tasks(config)}
    unknown = [name for name in options.unit if name not in tasks]
    if unknown:
        raise ValueError(f"unknown unit {unknown[0]!r}; units now: {', '.join(tasks)}")
    return _worked([(tasks[name], Execution.of(config)) for name in options.unit], study, options.scale)


def work(options: argparse.Namespace) -> int:
    """Be a worker of the workflow: measure what is lacking of all studies."""
    from learning_geometry.studies import pool

    studies = list(STUDIES.values())
    configs = [study.config(options.scale) for study in studies]
    jobs = [
        [(task, Execution.of(config)) for task in study.tasks(config)]
        for study, config in zip(studies, configs, strict=True)
    ]
    return _worked(pool.in_turns(jobs), studies[0], options.scale)


def _worked(jobs: "list[Job]", study: Study, scale: str) -> int:
    from learning_geometry.studies import pool

    failures = pool.work(jobs, study.store(), paths.build() / "logs" / scale)
    print("\n".join(failures), end="\n" if failures else "")
    return int(bool(failures))


def run(options: argparse.Namespace) -> int:
    """Execute the notebook of a study."""
    from learning_geometry.publishing.notebook import execute
    from learning_geometry.publishing.plan import study_plan

    study, given = _study(options.study), _parameters(options)
    if given or options.output:
        default = paths.build() / "runs" / options.scale / f"{study.notebook.stem}.ipynb"
        output, key = Path(options.output or default).resolve(), ""
    else:
        plan = study_plan(study, options.scale)
        output, key = plan.notebook, plan.key
    execute(
        study,
        output,
        scale=options.scale,
        given=given,
        key=key,
        cell_timeout=options.cell_timeout,
        progress=sys.stderr.isatty(),
    )
    print(output)
    return 0


def ledger(options: argparse.Namespace) -> int:
    """Judge all claims and write the ledger."""
    from learning_geometry.publishing.ledger import write_ledger

    print(write_ledger(options.scale))
    return 0


def book(options: argparse.Namespace) -> int:
    """Build the book, or follow its external links."""
    from learning_geometry.publishing import book

    print(book.check_links(options.scale) if options.check_links else book.build_book(options.scale))
    return 0


def codecheck(_: argparse.Namespace) -> int:
    """Write `codecheck.yml` from the published ledger, and say what a finished check would need beside it."""
    from learning_geometry.publishing import citation, codecheck, comparison, replication
    from learning_geometry.store import write_atomically

    content = codecheck.configuration(comparison.read(replication.published()), citation.read())
    file = paths.checkout() / "codecheck.yml"
    write_atomically(file, codecheck.text(content))
    print(file)
    print("not in it yet:", "; ".join(codecheck.lacking(content)) or "nothing")
    return 0


def compare(options: argparse.Namespace) -> int:
    """Print two runs side by side."""
    from learning_geometry.publishing import comparison

    changes = comparison.compare(comparison.read(Path(options.before)), comparison.read(Path(options.after)))
    print(comparison.report(changes))
    return int(any(change.opposite for change in changes))


def replicate(options: argparse.Namespace) -> int:
    """Measure and judge studies on fresh seeds, and compare with what is published."""
    from learning_geometry.publishing import replication

    studies = [_study(name) for name in options.study or STUDIES]
    default = paths.build() / "replications" / f"fresh-{options.fresh}.json"
    output = Path(options.output or default).resolve()
    run = replication.replicate(options.fresh, studies, scale=options.scale, output=output)
    return _compared(run, output)


def record(options: argparse.Namespace) -> int:
    """Measure and judge studies at another scale, and compare with what is published."""
    from learning_geometry.publishing import replication

    there = [name for name in STUDIES if scale_file(options.scale, name).is_file()]
    studies = [_study(name) for name in options.study or there]
    if options.parameter and (len(studies) > 1 or not options.output):
        raise ValueError("-p changes one study: name it with --study, and with -o a file for what comes out")
    given = _given(options.parameter, studies[0]) if options.parameter else {}
    output = Path(options.output or replication.recorded_scale(options.scale)).resolve()
    return _compared(replication.record(studies, scale=options.scale, given=given, output=output), output)


def _compared(run: dict[str, Any], output: Path) -> int:
    from learning_geometry.publishing import comparison, replication

    if replication.published().is_file():
        print(comparison.report(comparison.compare(comparison.read(replication.published()), run)))
    print(output)
    return 0


def _report(options: argparse.Namespace) -> int:
    from learning_geometry.publishing import comparison, replication

    print("The book is at", paths.published(options.scale) / "html" / "index.html")
    if options.scale == "laptop" and replication.published().is_file():
        own = comparison.read(paths.published(options.scale) / "ledger.json")
        print(comparison.agreement(comparison.read(replication.published()), own))
    return 0


def doctor(_: argparse.Namespace) -> int:
    """Print what this machine has and lacks."""
    from learning_geometry.publishing.doctor import inspect_machine

    findings = inspect_machine()
    print("\n".join(map(str, findings)))
    return int(any(finding.needed and not finding.fine for finding in findings))


def verify_series(options: argparse.Namespace) -> int:
    """Print which revisions of a model have equal weights."""
    from learning_geometry.materials.series_faults import known_faults
    from learning_geometry.materials.series_weights import all_revisions, equal_weights, weights_of

    model = options.model
    revisions = options.revisions or all_revisions(model)
    groups = equal_weights(weights_of(model, revisions))
    wrong = [group for group in groups if len(group.steps) > 1]
    twins = {name for group in groups for name in group.revisions}
    print(f"{model}: {len(revisions)} revisions, {len(set(revisions) - twins)} of them with weights of their own")
    for group in groups:
        print(f"{group}" if group in wrong else f"{group} (no two different steps: as it should be)")
    for fault, names in known_faults(model, revisions):
        print(f"reported, as of November 2026: {fault.holds} at {', '.join(names)}; {fault.source}")
    return int(bool(wrong))


def import_images(options: argparse.Namespace) -> int:
    """Make a folder of images that studies read."""
    from tqdm import tqdm

    from learning_geometry.materials.image_imports import import_images

    folder = Path(options.folder)
    watched = sys.stderr.isatty()
    counts = import_images(
        Path(options.source),
        folder,
        pool=options.pool,
        progress=lambda images: tqdm(images, unit="image", disable=not watched),
    )
    print(
        f"{folder}: {counts['train']:,} images for training, {counts['test']:,} for testing; use it as images={folder}"
    )
    return 0


def _study(name: str) -> Study:
    if name not in STUDIES:
        raise ValueError(f"unknown study {name!r}; known studies: {', '.join(STUDIES)}")
    return STUDIES[name]


def _parameters(options: argparse.Namespace) -> dict[str, Any]:
    """The parameters given one by one, `--fresh` among them."""
    fresh = {} if options.fresh is None else {"fresh": options.fresh}
    return _given(options.parameter, _study(options.study)) | fresh


def _given(assignments: Sequence[str], study: Study) -> dict[str, Any]:
    if not assignments:
        return {}
    return read_assignments(assignments, study.module("config").Config, notebook_parameters(study.notebook))
