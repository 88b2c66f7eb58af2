"""Time and weigh hidden states beside the common recipe, and n-gram counts beside a Counter.

Prints one Markdown table. Every time is CPU time on one thread, the least of the runs. The ways to read hidden states
alternate, each run in a process of its own, because a process remembers only its own peak of memory; what a process
held once the model was loaded is subtracted where the row says "above the model". Ratios are worth comparing between
machines, seconds are not.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from learning_geometry.instruments.hidden_states import decoder, last_token_features
from learning_geometry.instruments.ngrams import NGramCounts, SuffixArray

VOCABULARY, N_SEQUENCES, RECIPE_BATCH, N_TOKENS = 50_304, 192, 16, 5_000_000
REPEATS = 3


def model() -> GPTNeoXForCausalLM:
    """A GPT-NeoX of 14 million parameters, random ones, which is as good as any for timing."""
    torch.manual_seed(0)
    config = GPTNeoXConfig(
        vocab_size=VOCABULARY, hidden_size=128, num_hidden_layers=6, num_attention_heads=4, intermediate_size=512
    )
    return GPTNeoXForCausalLM(config).eval()


def sequences() -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    lengths = rng.lognormal(np.log(133) - 0.75**2 / 2, 0.75, N_SEQUENCES).clip(8, 496).astype(int)
    return [rng.integers(0, VOCABULARY, length) for length in lengths]


def ours(network: GPTNeoXForCausalLM, texts: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    return last_token_features(network, texts)


def recipe(network: GPTNeoXForCausalLM, texts: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    """The whole model on batches in the order given, all logits, all hidden states, the cache left on."""
    features = []
    with torch.no_grad():
        for start in range(0, len(texts), RECIPE_BATCH):
            batch = [torch.from_numpy(text) for text in texts[start : start + RECIPE_BATCH]]
            ids = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)
            mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(text) for text in batch], batch_first=True)
            states = network(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-1]
            features.append(states[torch.arange(len(batch)), mask.sum(1) - 1])
    return torch.cat(features).numpy()


def one_by_one(network: GPTNeoXForCausalLM, texts: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    """The base model without any padding: what there is to gain by not batching."""
    body = decoder(network)
    with torch.inference_mode():
        states = [body(input_ids=torch.from_numpy(text)[None], use_cache=False).last_hidden_state for text in texts]
        return torch.stack([state[0, -1] for state in states]).numpy()


def ours_in_small_batches(network: GPTNeoXForCausalLM, texts: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    return last_token_features(network, texts, token_budget=1024)


WAYS = {
    "ours": ours,
    "full model, all logits, unsorted batches of 16": recipe,
    "base model, one sequence at a time": one_by_one,
    "ours, `token_budget=1024`": ours_in_small_batches,
}


def peak() -> float:
    """The most memory this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def measure(way: str, output: str) -> None:
    """Run one way in this process; print its seconds and memory, and keep its features."""
    torch.set_num_threads(1)
    network, texts = model(), sequences()
    WAYS[way](network, [texts[0][:8]])  # so that no set-up is timed
    loaded = peak()
    start = time.process_time()
    features = WAYS[way](network, texts)
    seconds = time.process_time() - start
    np.save(output, features)
    print(json.dumps({"seconds": seconds, "peak": peak(), "above": peak() - loaded}))


def row(task: str, own: float, rival: str, theirs: float, unit: str, target: str, note: str) -> None:
    numbers = f"{theirs:.3f} {unit} | {own / theirs:.2f} | {theirs / own:.1f}"
    print(f"| {task} | {own:.3f} {unit} | {rival} | {numbers} | {target} | {note} |", flush=True)


def reading_hidden_states() -> None:
    results: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    features = {}
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "features.npy")
        for _ in range(REPEATS):
            for way, runs in results.items():
                command = [sys.executable, __file__, way, output]
                answer = subprocess.run(command, capture_output=True, text=True, check=False)
                if answer.returncode:
                    raise SystemExit(f"{way} failed:\n{answer.stderr}")
                runs.append(json.loads(answer.stdout))
                features[way] = np.load(output)
    seconds = {way: min(run["seconds"] for run in runs) for way, runs in results.items()}
    n_tokens = sum(map(len, sequences()))
    own = results.pop("ours")
    for way, runs in results.items():
        common = way.startswith("full")
        note = f"differs by {np.abs(features['ours'] - features[way]).max():.1e}"
        rates = f"{n_tokens / seconds['ours']:,.0f} and {n_tokens / seconds[way]:,.0f} tokens/s; "
        task = f"`last_token_features`, 14 M parameters, {n_tokens:,} tokens"
        row(task, seconds["ours"], way, seconds[way], "s", "8x faster" if common else "", rates + note)
        for key, name in (("above", "the same, peak memory above the model"), ("peak", "the same, peak memory")):
            memory = [max(run[key] for run in side) for side in (own, runs)]
            row(name, memory[0], way, memory[1], "GB", "at most a third" if common else "", "")


def stream() -> NDArray[np.int64]:
    """Tokens with the frequencies of Zipf's law, in pieces of 5 to 60 tokens that recur."""
    rng = np.random.default_rng(0)
    frequencies = 1 / np.arange(1, VOCABULARY + 1)
    source = rng.choice(VOCABULARY, size=N_TOKENS, p=frequencies / frequencies.sum())
    sizes = rng.integers(5, 61, N_TOKENS // 30)
    starts = rng.integers(0, N_TOKENS // 2, len(sizes))
    pieces = [source[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    return np.concatenate(pieces)[:N_TOKENS]


def least(task: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least CPU time of several runs, and what the last returned."""
    seconds = np.inf
    for _ in range(REPEATS):
        start = time.process_time()
        result = task()
        seconds = min(seconds, time.process_time() - start)
    return seconds, result


def counting() -> None:
    tokens = stream()
    words = tokens.tolist()
    built, array = least(lambda: SuffixArray(tokens))
    for n in (2, 3, 4):
        packed, counts = least(lambda n=n: NGramCounts(tokens, n))
        start = time.process_time()
        counter = Counter(zip(*(words[i:] for i in range(n)), strict=False))
        theirs = time.process_time() - start
        grams = np.lib.stride_tricks.sliding_window_view(tokens, n)[::50]
        expected = [counter[tuple(gram)] for gram in grams.tolist()]
        same = "same counts" if counts.count(grams).tolist() == expected else "COUNTS DIFFER"
        also = "same counts" if array.count(grams).tolist() == expected else "COUNTS DIFFER"
        row(f"`NGramCounts`, n = {n}, 5 M tokens", packed, "`Counter` of tuples", theirs, "s", "", same)
        row("`SuffixArray`, all n, 5 M tokens", built, f"`Counter`, n = {n} only", theirs, "s", "", also)
    rng = np.random.default_rng(1)
    starts = rng.integers(0, N_TOKENS - 33, 2000)
    seen = tokens[starts[:, None] + np.arange(33)]
    mixed = np.where(np.arange(33) < rng.integers(0, 33, (2000, 1)), rng.permutation(seen), seen)
    seconds, found = least(lambda: array.infinigram(mixed[:, :-1], mixed[:, -1]))
    note = f"mean length {found.length.mean():.1f}, mean probability {found.probability.mean():.2f}"
    print(f"| `infinigram`, 2,000 contexts of 32 in 5 M tokens | {seconds:.3f} s | | | | | below 1 s | {note} |")


def main() -> None:
    print("| ours | measured | rival | its own | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    reading_hidden_states()
    with threadpool_limits(1):
        counting()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        measure(*sys.argv[1:])
