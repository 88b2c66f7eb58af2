# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The three phases of a language model
#
# *A companion to {cite:t}`li2025tracing`, "Tracing the representation geometry of language models from pretraining to post-training": pretraining.*

# %% tags=["parameters", "hide-input"]
theory_seeds: list[int] = [50, 51, 52, 53, 54, 55, 56, 57, 58, 59]  # runs of the linear model; 0 to 49 served to explore it
theory_classes: int = 32  # its classes, whose frequencies follow Zipf's law
theory_dimension: int = 3  # its feature dimensions
theory_exponent: float = 1.5  # exponent of Zipf's law
theory_scale: float = 0.05  # standard deviation of its initial values
theory_steps: int = 10000  # steps of gradient descent
theory_learning_rate: float = 1.0  # of gradient descent on the cross-entropy
theory_squared_error_learning_rate: float = 0.5  # of gradient descent on squared errors
map_seeds: list[int] = [50, 51, 52, 53, 54]  # runs in each cell of the map
map_dimensions: list[int] = [2, 3, 4, 6, 8, 16, 32]  # feature dimensions in the map
map_exponents: list[float] = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]  # exponents in the map
map_steps: int = 10000  # steps of gradient descent in the map
seeds: list[int] = [5, 6, 7, 8, 9]  # trainings of the small language model; 0 to 4 served to choose its configuration
control_seeds: list[int] = [5, 6, 7]  # trainings in each control
corpus: str = ""  # folder of Python files to train on; the standard library if empty
vocabulary: int = 1024  # tokens of the byte-level BPE vocabulary learnt from the corpus
width: int = 32  # hidden dimensions
layers: int = 1  # transformer blocks
heads: int = 2  # attention heads
context: int = 32  # tokens in a context
steps: int = 8000  # training steps
control_steps: int = 5000  # training steps in the controls
batch_size: int = 8  # contexts in a step
learning_rate: float = 0.01  # of AdamW, constant after a short warm-up
squared_error_learning_rate: float = 0.003  # of AdamW in the control with squared errors
weight_decay: float = 0.0  # of AdamW
checkpoints: int = 24  # log-spaced checkpoints; eight late ones come on top
probe_contexts: int = 1000  # held-out contexts on which checkpoints are measured
alpha_ranks: list[int] = [3, 25]  # first and last rank of the alpha-ReQ fit
removed_directions: list[int] = [1, 2, 4, 8]  # numbers of leading directions to remove or retain
resamples: int = 100  # resamples of the contexts
keep_checkpoints: str = ""  # folder that keeps the checkpoints; they are deleted if empty
device: str = "cpu"  # where models are trained and read: "cpu" or "cuda"
traced: dict[str, list[str]] = {}  # checkpoint series to trace: names or folders, and their revisions
traced_texts: str = ""  # texts to trace them on: a folder, or a data set of the Hugging Face hub
traced_texts_revision: str = ""  # revision of that data set
traced_contexts: int = 10000  # number of texts
traced_min_tokens: int = 11  # shorter texts are left out
traced_max_tokens: int = 128  # longer texts are cut
traced_alpha_ranks: list[int] = [12, 100]  # first and last rank of the alpha-ReQ fit
traced_removed_directions: list[int] = [10, 50]  # numbers of leading directions to remove or retain
memory_texts: str = ""  # a sample of the series' training text, for infini-grams; none if empty
memory_texts_revision: str = ""  # revision of that data set
memory_count: int = 20000  # number of its texts
questions: str = ""  # multiple-choice questions in the form of SciQ; none if empty
questions_revision: str = ""  # revision of that data set
questions_count: int = 1000  # number of questions
token_budget: int = 8192  # tokens in a batch, padding included, when a series is read
bfloat16: bool = False  # whether a series is read in bfloat16
disk_budget_gb: float = 100.0  # what the downloaded checkpoints of one model may occupy together
delete_after: bool = False  # whether a checkpoint is deleted after it was measured

# %% tags=["hide-input"]
from learning_geometry import style
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases import figures

style.use_in_notebook()
study = STUDIES["llm_phases"]
config = study.configure(globals())
records = study.collect(config)
claims = study.judge(records)
