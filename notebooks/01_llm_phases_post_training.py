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
# # What post-training does to a language model
#
# *The second half of the companion to {cite:t}`li2025tracing`. [The first](01_llm_phases) is about pretraining.*

# %% tags=["parameters", "hide-input"]
seeds: list[int] = [20, 21, 22, 23]  # base models, each with a course of its own; 0, 1 and 10 to 13 served to choose settings
terms: int = 3  # numbers in a sum
largest: int = 9  # the largest of them
mistakes: float = 0.2  # share of the sums in the pretraining text whose answer is wrong
mistake_size: int = 9  # by how much at most
subtractions: float = 0.3  # share of the pretraining text whose last sign is a minus
held_out: float = 0.2  # share of the problems that no training sees
width: int = 64  # hidden dimensions
layers: int = 2  # transformer blocks
heads: int = 4  # attention heads
context: int = 32  # tokens in a context
base_lines: int = 200000  # lines of the pretraining text
base_steps: int = 2000  # pretraining steps
base_batch_size: int = 32  # contexts in a step
base_learning_rate: float = 0.005  # of AdamW, constant after a short warm-up
training_problems: int = 200  # sums that all stages of post-training train on
sft_steps: int = 200  # steps of supervised fine-tuning, and of its controls
sft_batch_size: int = 32  # problems in a step
sft_learning_rate: float = 0.0003  # of AdamW, constant
dpo_steps: int = 100  # steps of direct preference optimisation
dpo_batch_size: int = 32  # pairs of a right and a wrong answer in a step
dpo_learning_rate: float = 0.0001  # of AdamW, constant
dpo_beta: float = 0.1  # how strongly the model is held to where it started
rlvr_steps: int = 120  # steps of reinforcement learning with verifiable rewards
rlvr_completions: int = 256  # completions in a step
rlvr_group: int = 8  # of which so many answer the same problem
rlvr_learning_rate: float = 0.0005  # of AdamW, constant
random_reward: float = 0.5  # probability of a reward in the control that rewards by lot
points_per_stage: int = 6  # points at which RankMe is followed within a stage
samples: int = 256  # answers sampled for each problem
sampled_problems: int = 100  # held-out problems whose answers are sampled
alpha_ranks: list[int] = [3, 32]  # first and last rank of the alpha-ReQ fit
resamples: int = 100  # resamples of the prompts
keep_checkpoints: str = ""  # folder that keeps the models; they are deleted if empty
device: str = "cpu"  # where models are trained and read: "cpu" or "cuda"
traced: dict[str, dict[str, list[str]]] = {}  # released checkpoints by stage: names or folders, and their revisions
traced_texts: str = ""  # texts to trace them on: a folder, or a data set of the Hugging Face hub
traced_texts_revision: str = ""  # revision of that data set
traced_contexts: int = 10000  # number of texts
traced_min_tokens: int = 11  # shorter texts are left out
traced_max_tokens: int = 128  # longer texts are cut
traced_alpha_ranks: list[int] = [12, 100]  # first and last rank of the alpha-ReQ fit
problems: str = ""  # problems with numerical answers for pass@k of the traced checkpoints; none if empty
problems_revision: str = ""  # revision of that data set
problem_column: str = "problem"  # where its problems stand
answer_column: str = "answer"  # where its answers stand
problems_count: int = 40  # number of problems
problem_samples: int = 256  # answers sampled for each
problem_tokens: int = 2048  # longest answer, in tokens
problem_temperature: float = 1.0  # temperature of sampling
fine_tuned: dict[str, list[str]] = {}  # pretraining checkpoints to fine-tune: names or folders, and their revisions
fine_tuning_texts: str = ""  # conversations to fine-tune them on
fine_tuning_revision: str = ""  # revision of that data set
fine_tuning_column: str = "chosen"  # where its texts stand
fine_tuning_count: int = 10000  # number of texts
other_texts: str = ""  # conversations of another kind, for testing
other_revision: str = ""  # revision of that data set
other_column: str = "text"  # where its texts stand
fine_tuning_test_count: int = 500  # number of texts in each test
fine_tuning_steps: int = 300  # steps of fine-tuning
fine_tuning_batch_size: int = 32  # texts in a step
fine_tuning_learning_rate: float = 0.00001  # of AdamW, constant
fine_tuning_tokens: int = 512  # longer texts are cut
token_budget: int = 8192  # tokens in a batch, padding included, when a checkpoint is read
bfloat16: bool = False  # whether checkpoints are read in bfloat16
disk_budget_gb: float = 100.0  # what the downloaded checkpoints of one model may occupy together
delete_after: bool = False  # whether a checkpoint is deleted after it was measured

# %% tags=["hide-input"]
from learning_geometry import style
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.post_training import figures

style.use_in_notebook()
study = STUDIES["llm_phases_post_training"]
config = study.configure(globals())
records = study.collect(config)
claims = study.judge(records)
