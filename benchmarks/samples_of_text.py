"""What a small transformer writes at each checkpoint, recorded for the explorable of chapter 1.

    learning-geometry measure llm_phases -p keep_checkpoints=checkpoints --unit pretraining-...
    python benchmarks/samples_of_text.py checkpoints/reference-20

The first line keeps the checkpoints of a training (`learning-geometry measure` names the units it lacks); the second one
writes book/static/explorables/checkpoints_texts.js. Tokens are drawn at temperature 0.7, with the same random numbers at
every checkpoint.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from learning_geometry import paths
from learning_geometry.materials.revisions import step_of

PROMPT = "def read_file(path):\n"
TOKENS, TEMPERATURE = 60, 0.7

HEAD = """// What one training of chapter 1 writes at each checkpoint: by benchmarks/samples_of_text.py, at temperature 0.7.
"use strict";
window.explorables.texts = """


def continued(folder: Path) -> str:
    """What the model of this checkpoint goes on with after the prompt."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    generator = torch.Generator().manual_seed(0)
    tokens = tokenizer(PROMPT, return_tensors="pt").input_ids
    begun, context = tokens.shape[1], model.config.max_position_embeddings
    with torch.no_grad():
        for _ in range(TOKENS):
            logits = model(tokens[:, -context:]).logits[0, -1] / TEMPERATURE
            drawn = torch.multinomial(logits.softmax(-1), 1, generator=generator)
            tokens = torch.cat([tokens, drawn[None]], dim=1)
    return str(tokenizer.decode(tokens[0, begun:]))


def main() -> None:
    """Write the texts of all checkpoints of a training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="kept checkpoints of one training, reference-<seed>/step<n>")
    folder = parser.parse_args().folder
    checkpoints = {step_of(each.name): each for each in folder.glob("step*")}
    if not checkpoints:
        parser.error(f"{folder} holds no step<n>; keep the checkpoints of a training first")
    logging.disable_progress_bar()
    steps = {step: continued(each) for step, each in sorted(checkpoints.items())}
    written = {"seed": int(folder.name.rpartition("-")[2]), "prompt": PROMPT, "steps": steps}
    target = paths.checkout() / "book" / "static" / "explorables" / "checkpoints_texts.js"
    target.write_text(f"{HEAD}{json.dumps(written, indent=1)};\n", encoding="utf-8")
    print(f"{target}: {len(steps)} checkpoints")


if __name__ == "__main__":
    main()
