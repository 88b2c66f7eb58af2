"""Trace series of 8, 16 and 32 checkpoints: time should grow with their number, and memory and disk should not.

Prints one Markdown table. Each series is traced in a process of its own, unit after unit as on one core, from a folder of
random GPT-NeoX of two thirds of a million weights; a process remembers only its own peak of memory.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from transformers import PreTrainedTokenizerFast

from learning_geometry.materials import python_corpus
from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.studies.llm_phases.experiments.trace import Trace, measure
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

COUNTS = (8, 16, 32)
TEXTS = 200


def write_series(folder: Path, count: int) -> None:
    """Write untrained models of several seeds as a series, and texts beside it."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=python_corpus.load(1024).tokenizer, eos_token="<eos>")
    for step in range(count):
        place = folder / "series" / f"step{step}"
        gpt_neox(Architecture(1024, 128, 2, 4, 64), seed=step).save_pretrained(place)
        tokenizer.save_pretrained(place)
    rng = np.random.default_rng(0)
    words = ["def", "return", "self", "import", "for", "in", "if", "else", "None", "value", "name", "=", "(", ")"]
    with (folder / "texts.jsonl").open("w") as file:
        for _ in range(TEXTS):
            file.write(json.dumps({"text": " ".join(rng.choice(words, 200))}) + "\n")


def trace(folder: Path, count: int) -> None:
    """Trace the first checkpoints of the series and print seconds and peak memory in MB."""
    torch.set_num_threads(1)
    texts, nothing = DataSource(name=str(folder / "texts.jsonl")), DataSource(name="")

    def measure_step(step: int) -> None:
        unit = Trace(
            checkpoint=DataSource(name=str(folder / "series"), revision=f"step{step}"),
            traced_texts=texts,
            traced_contexts=TEXTS,
            traced_min_tokens=11,
            traced_max_tokens=64,
            memory_texts=nothing,
            memory_count=1,
            questions=nothing,
            questions_count=1,
            probe_seed=0,
            resamples=10,
            traced_alpha_ranks=[12, 100],
            traced_removed_directions=[10, 50],
            bfloat16=False,
        )
        measure(unit, Execution(token_budget=4096))

    measure_step(0)  # imports and first calls are no part of the growth
    begin = time.process_time()
    with threadpool_limits(1):
        for step in range(count):
            measure_step(step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.process_time() - begin, peak]))


def main() -> None:
    print("| checkpoints | CPU time | per checkpoint | peak memory |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        write_series(Path(scratch), max(COUNTS))
        for count in COUNTS:
            command = [sys.executable, __file__, scratch, str(count)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds, peak = json.loads(answer.splitlines()[-1])
            print(f"| {count} | {seconds:.1f} s | {seconds / count:.2f} s | {peak:.0f} MB |")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        trace(Path(sys.argv[1]), int(sys.argv[2]))
