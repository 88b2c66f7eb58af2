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
# *The second half of the companion to {cite:t}`li2025tracing`; [the first](01_llm_phases) is about pretraining.*

# %% [markdown]
# ## Parameters
#
# These values are the laptop scale. `notebooks/scales/paper/llm_phases_post_training.yaml` takes the paper's models.

# %% tags=["parameters", "hide-input"]
seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107]  # base models, each with a course of its own
control_seeds: list[int] = [100, 101, 102, 103]  # those of them that go through all controls
corpus: str = ""  # folder of Python files to train on; the standard library if empty
trainer: str = "small"  # who trains the stages: "small", loops that suit small models, or "trl", with the same losses
vocabulary: int = 1000  # tokens of the byte-level BPE vocabulary learned from the corpus
task_lines: int = 45000  # lines of the task in the pretraining text
task_lengths: list[int] = [2, 10]  # least and largest number of digits in them
length_ratio: float = 0.75  # how much rarer each length is than the one before
mistakes: float = 0.1  # share of the lines whose answer is wrong
width: int = 32  # hidden dimensions
layers: int = 2  # transformer blocks
heads: int = 4  # attention heads
context: int = 32  # tokens in a context
base_steps: int = 3000  # pretraining steps
base_batch_size: int = 16  # windows in a step, half of source code and half of the task
base_learning_rate: float = 0.01  # of AdamW, constant after a short warm-up
shorter_bases: list[int] = [750, 1500, 2250]  # steps of pretraining of other base models that are fine-tuned
asked_lengths: list[int] = [3, 9]  # least and largest number of digits that all later stages and tests ask for
training_problems: int = 1024  # numbers that all stages of post-training train on
warm_up: float = 0.05  # share of the steps over which the learning rate of SFT and DPO rises, to fall from then on
sft_steps: int = 64  # steps of supervised fine-tuning, and of its controls
sft_batch_size: int = 32  # problems in a step
sft_learning_rate: float = 0.001  # of AdamW at its height
dpo_answers: int = 8  # answers of the model's own to each prompt, among which pairs are sought
dpo_steps: int = 64  # steps of direct preference optimisation
dpo_batch_size: int = 32  # pairs of a right and a wrong answer in a step
dpo_learning_rate: float = 0.002  # of AdamW at its height
dpo_beta: float = 5.0  # how strongly the model is held to where it started, per token
plain_dpo_learning_rate: float = 0.001  # the same for DPO as first published, on whole answers
plain_dpo_beta: float = 0.1  # likewise
rlvr_steps: int = 100  # steps of reinforcement learning with verifiable rewards
rlvr_completions: int = 128  # completions in a step
rlvr_group: int = 16  # of which so many answer the same prompt
rlvr_learning_rate: float = 0.001  # of AdamW, constant
rlvr_divergence: float = 0.04  # how strongly the model is held to where it started
answer_tokens: int = 12  # longest answer, in tokens
points_per_stage: int = 7  # points at which the geometry is followed within a stage, beside its start
probe_windows: int = 1000  # held-out windows of source code, and of the task, that geometry is measured on
task_shares: list[float] = [0.1, 0.25, 0.5, 0.75, 0.9]  # shares of task windows in a mixed probe
held_out_problems: int = 800  # held-out numbers to sort
samples: int = 32  # answers sampled for each problem, to count different ones
sampled_problems: int = 60  # held-out problems whose answers are sampled
alpha_ranks: list[int] = [3, 25]  # first and last rank of the alpha-ReQ fit
keep_checkpoints: str = ""  # folder that keeps the models; they are deleted if empty
device: str = "cpu"  # where models are trained and read: "cpu" or "cuda"
traced: dict[str, dict[str, list[str]]] = {}  # released checkpoints by stage: names or folders, and their revisions
traced_texts: str = ""  # texts to trace them on: a folder, or a data set of the Hugging Face hub
traced_texts_revision: str = ""  # revision of that data set
traced_contexts: int = 10000  # number of texts
traced_min_tokens: int = 11  # shorter texts are left out
traced_max_tokens: int = 128  # longer texts are cut
traced_alpha_ranks: list[int] = [12, 100]  # first and last rank of the alpha-ReQ fit
resamples: int = 100  # resamples of the texts, for intervals
problems: str = ""  # problems with numerical answers for pass@k of the traced checkpoints; none if empty
problems_revision: str = ""  # revision of that data set
problem_column: str = "problem"  # where its problems stand
answer_column: str = "answer"  # where its answers stand
problems_count: int = 40  # number of problems
problem_seeds: list[int] = [0]  # seeds of the sampled answers and of resampled texts
problem_samples: int = 256  # answers sampled for each
problem_tokens: int = 2048  # longest answer, in tokens
problem_temperature: float = 1.0  # temperature of sampling
problem_batch_size: int = 16  # answers sampled at a time; it changes which are drawn
fine_tuned: dict[str, list[str]] = {}  # pretraining checkpoints to fine-tune: names or folders, and their revisions
fine_tuning_seeds: list[int] = [0]  # seeds of fine-tuning, and of the texts drawn for it
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
fine_tuning_learning_rate: float = 0.00001  # of AdamW at its height
fine_tuning_warm_up: float = 0.1  # share of the steps over which it rises, to fall from then on
fine_tuning_tokens: int = 512  # longer texts are cut
token_budget: int = 8192  # tokens in a batch, padding included, when a checkpoint is read
bfloat16: bool = False  # whether checkpoints are read in bfloat16
disk_budget_gb: float = 100.0  # what the downloaded checkpoints of one model may occupy together
delete_after: bool = False  # whether a checkpoint is deleted after it was measured
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["llm_phases_post_training"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## The question
#
# A pretrained language model continues texts. To make it answer, it is trained further, in stages that have become customary:
# **supervised fine-tuning** ({term}`SFT`) shows it prompts with the answers that are wanted; **preference optimisation**, here
# {term}`DPO`, tells it which of two answers is better; and **reinforcement learning with verifiable rewards** ({term}`RLVR`) makes
# those of its own answers more probable that a program finds right.
#
# The paper follows {term}`RankMe` and {term}`alpha-ReQ` through them. It finds that the first two stages **expand** the
# representation, which it links to fitting the training data well and other data less well; and that the third **contracts** it,
# which it links to answers that earn more reward and are less diverse. The evidence is a model of eight billion weights, measured on
# web text. Does a model of ninety thousand show the same? And if it does, is it what a stage *teaches* that moves the geometry, or
# any further training?

# %% tags=["remove-input", "hide-output"] mystnb={"code_prompt_show": "Every statement of the paper on post-training, where it stands, and the claim that judges it", "code_prompt_hide": "Hide the statements"}
claims.statements()

# %% [markdown]
# ## A test that is fair
#
# The paper measures RankMe on general text, after fine-tuning of two passes over the data, in a model with far more words than
# dimensions. So do we, in small. A GPT-NeoX of two layers and 32 dimensions with a vocabulary of a thousand is pretrained on a
# **mixture in equal parts**: the source code of Python's standard library, and lines such as `sort(72915)=12579`, of which one in
# ten has a **wrong answer**. No number whose digits are held out is ever trained, in any order. All post-training is about this task,
# on the same 1,024 numbers:
#
# - **SFT** takes two passes over the right answers.
# - **DPO** compares the model's own answers, a right and a wrong one to the same prompt. Log probabilities are averaged over tokens and
#   held to the reference by $\beta = 5$, as in the recipe of the paper's model {cite:p}`lambert2024tulu`.
# - **RLVR** is GRPO with exact match as the reward, and a small charge for diverging from the model after DPO.
#
# Losses and arguments are those of Hugging Face's `trl`. Geometry is measured at the **last token of held-out windows**, 500 of source
# code and 500 of the task: this mixture is to our model what web text is to the paper's. Source code alone, and the end of prompts, are
# measured beside it. Each number has exactly one right answer, so that {term}`pass@k` is known **exactly** from the probability $p$
# of that answer:
#
# $$
# \text{pass@}k = \frac{1}{n}\sum_{i=1}^{n} \left[ 1 - (1 - p_i)^k \right]
# $$ (eq-pass)

# %% mystnb={"figure": {"name": "fig-base", "caption": "What the base model can do: share of held-out numbers that it sorts, by their number of digits, in 1, 16 and 256 tries. Thin lines are seeds. A stage can win or lose at every number of tries."}, "image": {"alt": "Three falling curves over the number of digits. With one try short numbers are often sorted and long ones never; with 256 tries nearly all short ones and about half of the long ones."}}
figures.task.plot_base(records)

# %% tags=["remove-input"]
claims.panel("task")

# %% [markdown]
# ## The representation, stage by stage

# %% mystnb={"figure": {"name": "fig-course", "caption": "Left: RankMe (top) and alpha-ReQ (bottom) of the pretraining mixture through post-training, each seed (thin) and the mean (thick), as the change since the base. Top right: RankMe of Llama-3.1-Tulu-3.1-8B on web text, read off the paper's figure 5A by eye. Stages are drawn equally wide. Bottom right: change under SFT and DPO by the share of task windows in the probe; means and 95 % intervals."}, "image": {"alt": "Four panels. RankMe of our models rises in SFT and DPO; the paper's model rises in both and falls in RLVR. The change rises with the share of task windows, from near zero at a tenth."}}
figures.representation.plot_course(records)

# %% mystnb={"figure": {"name": "fig-trainings", "caption": "Change of RankMe in each training, against the model that it started from, on three probes: seeds (hollow), mean and 95 % interval. Trainings that the paper does not have stand on grey."}, "image": {"alt": "Rows of dots with intervals for three stages and nine controls, in three panels. On the pretraining mixture SFT and DPO are above zero and their matched controls near or below it; on source code alone all are near zero."}}
figures.representation.plot_trainings(records)

# %% [markdown]
# The **controls match** their stage: the same start and as many steps. For SFT they are the **model's own answers**, where the form
# of the data is the same and nothing is new (the decisive one), **more pretraining**, and the **shuffled answers** of other prompts;
# for DPO a **coin** that says which answer is better; for RLVR **shuffled rewards**, permuted among the answers to the same prompt.
# Beside them stand SFT on **modal answers** (what the model after DPO gives without chance), **RLVR from the base** with true and
# shuffled rewards, and **plain DPO** (the right answer against its own wrong one, compared as a whole with $\beta = 0.1$).
#
# **SFT expands, and what it teaches decides**: the model's own answers do not raise RankMe of the mixture, more pretraining raises it
# by less, other prompts' answers lower it. **DPO expands further**, and preferences that a coin decides do not. Whether these
# rises are *monotonic* our seeds do not decide. They are a matter of the task: on source code alone SFT does nearly nothing, and the
# larger the share of task windows in the probe, the larger the change. The rise of 39 percent that we read off the paper's figure is
# far beyond what our probe shows at one part in ten.
#
# **RLVR does not compress here.** After the other stages it leaves RankMe of the mixture within two percent. *Straight from the base*,
# where the task is still to be learned, it **raises** RankMe, as SFT does: geometry seems to follow how much of the task is newly
# learned, by whichever stage. Whether shuffled rewards from the base change it is not decided by four seeds. What RLVR does lower
# is RankMe at the end of the prompts that it trains, and there it is the reward that does it. SFT lowers it there as well.
#
# Alpha-ReQ falls under SFT and DPO, as the paper says, by little; its rise under RLVR is undecided. *Plain* DPO has no clear
# direction, though it had one in a pilot: what DPO does to geometry depends on the pairs and on the loss.

# %% tags=["remove-input"]
claims.panel("representation")

# %% [markdown]
# ## In and out of distribution
#
# The abstract says that SFT and DPO improve what is like their data and degrade what is not: for us, the task and source code.
# Figure 5B is about something else: the same SFT, of models that were **pretrained for longer and longer**. With longer
# pretraining the loss in distribution falls. Out of distribution the text says that it increases, and the caption that it saturates.

# %% mystnb={"figure": {"name": "fig-inside", "caption": "Left and middle: change of the loss in each training, on right answers to held-out numbers (in distribution) and on held-out source code (out of distribution); seeds (hollow), mean and 95 % interval. Right: both losses by the steps of pretraining of the base, before and after the same SFT; seeds and their mean."}, "image": {"alt": "Rows of dots for all trainings in two panels: SFT lowers the loss on right answers and raises it a little on source code. Two panels of losses that fall with the steps of pretraining, before and after SFT."}}
figures.distribution.plot_in_and_out(records)

# %% [markdown]
# SFT lowers the loss on right answers, and the loss on source code rises a little. But most trainings bring a small rise, own
# answers included, so much of it is an effect of further steps and not of what they teach. DPO raises the loss on right
# answers: they become less probable, and the wrong ones lose more, which is all that its loss asks for.
#
# With longer pretraining the loss in distribution falls, as in the paper. Out of distribution we find the **opposite** of its text:
# the loss after SFT falls as well, and so does the harm that SFT does. The paper attributes its effect to over-training. Our bases
# have seen less than one pass over their text; so the effect is *not found here*, and that does not refute it.

# %% tags=["remove-input"]
claims.panel("distribution")

# %% [markdown]
# ## One answer, or many

# %% mystnb={"figure": {"name": "fig-pass", "caption": "From left to right: mean reward in RLVR, with true rewards and with shuffled ones; exact pass@k of the four models, mean over seeds and 95 % interval; pass@k after RLVR minus before, in points; and the paper's model on AMC-23, read off figure 5C. Thin lines are seeds, thick ones their mean."}, "image": {"alt": "Four panels. The reward rises only with true rewards. After RLVR pass@k is higher for small k, and the gain shrinks as k grows; with shuffled rewards there is no gain at any k."}}
figures.pass_at_k.plot_pass_at_k(records)

# %% [markdown]
# With true rewards the model earns more of them and is much better at one answer, and the gain shrinks as $k$ grows. Half of the
# paper's statement is found: the model is better at 16 tries. At 256 tries some seeds gain and some lose; the model after all stages
# solves fewer problems in 256 tries than the base, but that loss is DPO's. The *tilt* of the curve is clear after a hundred
# steps; to decide about the loss at 256 takes longer training, or more seeds.
#
# Does the reward narrow what is in reach? No: with **shuffled rewards** *fewer* problems are solved in 256 tries than with true
# ones. What an informative reward brings is the gain at few tries, and with it the tilt. Training on the model's own **modal
# answers**, without any reward, loses far more at 256 tries than RLVR.

# %% tags=["remove-input"]
claims.panel("pass_at_k")

# %% [markdown]
# ### Where the diversity goes

# %% mystnb={"figure": {"name": "fig-diversity", "caption": "Different answers among the samples of a problem, and the entropy along right answers: seeds (hollow), mean and 95 % interval."}, "image": {"alt": "Two panels with a row for each model. Different answers and entropy fall with SFT, stay or rise a little with DPO, and fall most in RLVR and under modal answers, not with shuffled rewards."}}
figures.diversity.plot_diversity(records)

# %% [markdown]
# SFT and RLVR make answers less diverse, RLVR most; DPO hardly changes that. With shuffled rewards their number stays, so this narrowing is due to the
# reward. The paper links it to a contraction of the representation. Here **answers narrow while RankMe of the mixture stays where
# it was**.

# %% tags=["remove-input"]
claims.panel("diversity")

# %% [markdown]
# ## The paper's models
#
# The same notebook reads released checkpoints by name, and asks them problems whose answer is a number;
# [Reproduce it yourself](../reproduce.md) has the command. The paper's scale adds AMC-23, and the fine-tuning of OLMo-2 from
# several moments of its pretraining on Anthropic-HH, tested there and on Alpaca, with the paper's five seeds. Texts, numbers of samples
# and the course of the learning rate are the paper's; there are fewer steps and smaller batches, and how problems are put is our
# choice. None of this was run for this edition.

# %% mystnb={"figure": {"name": "fig-tulu", "caption": "Read off the paper's figure 5 by eye. Left: Tulu through post-training, RankMe (5A, and again in 5C for RLVR) and pass@256 on AMC-23. Right: OLMo-2-1B fine-tuned on Anthropic-HH after more and more pretraining, loss in and out of distribution (the ends of the latter are placed where the other curve has them). Checkpoints measured here appear as squares."}, "image": {"alt": "RankMe of Tulu rises through SFT and DPO and falls in RLVR; its pass at 256 falls in RLVR from 93 to 89 percent. In distribution the loss falls from 286 to 261, out of distribution from 137 to 130 and up to 131."}}
figures.released.plot_series(records)

# %% tags=["remove-input"]
claims.panel("released")

# %% [markdown]
# :::{dropdown} Claims that changed their verdict since the first edition, and why
# The first edition's model trained on sums with fewer words than dimensions, was fine-tuned for 32 passes, and was measured on the
# trained kind of prompt. Claims that only changed owner (*reproduced*, now *holds*) are not listed; those that a better test replaced,
# such as the crossing of the curves of pass@k and rewards by chance, are gone.
#
# | Claim | First edition | Now | Why |
# |:--|:--|:--|:--|
# | sft-rankme | undecided | {{ sft-rankme|verdict }} | the probe, the passes and the bottleneck are the paper's now |
# | dpo-rankme | undecided | {{ dpo-rankme|verdict }} | likewise |
# | dpo-outside | reproduced | {{ dpo-outside|verdict }} | the other text is source code of the pretraining mixture, and no longer another kind of problem |
# | rlvr-pass-16 | reproduced, for a fall | {{ rlvr-pass-16|verdict }} | the paper's text says that RLVR wins at 16 tries: the statement is turned round |
# | continued-rankme | undecided | {{ continued-rankme|verdict }} | a control now: more pretraining raises RankMe by less than SFT, judged by the paired contrast |
# :::

# %% [markdown]
# ## Limits and hindsight
#
# - *What would change our mind.* RankMe of web text through the SFT and DPO of a released model, beside as many steps on its own answers.
#   A longer RLVR run from a model that fine-tuning can teach no more, whose RankMe on general text falls while that of a run
#   with shuffled rewards does not. Base models that have seen their text many times over.
# - *Searched for.* The configuration was found on other seeds, among about forty: nine base models, eight schedules of SFT, eleven of DPO,
#   nine of RLVR, four of fine-tuning by length of pretraining. The mixed probe was chosen after source code alone had shown nothing.
#   The tilt of pass@k, and the rewards shuffled within groups, were thought of after pilots had been seen. The rules were then fixed, and
#   the seeds of this page were run once. Eleven seeds of a plain implementation gave the sizes from which the number of seeds was
#   chosen: enough for the rises of SFT and DPO, for the tilt and for all contrasts, not for gains at one number of tries.
# - *What changed.* In the first edition the rises under SFT and DPO were undecided, and RLVR lowered pass@16. That RLVR compresses was
#   not found there and is not found here.
# - *Small.* Ninety thousand weights, one task with unique answers, a hundred steps of RLVR. Four seeds go through all controls.
# - *Not tested.* Win rates, which take models that follow instructions and a judge; over-training; and the paper's own models.
#
# ## Try it yourself
#
# How much of the rise under SFT is the task, and how much the cleaner answers? Pretrain on a text without mistakes; or let reinforcement
# learning run on, with less to hold it back, and see where the curves of pass@k cross:
#
# ```bash
# learning-geometry run llm_phases_post_training -p mistakes=0.0 -o mine.ipynb
# learning-geometry run llm_phases_post_training -p rlvr_steps=400 -p rlvr_divergence=0.0 -p "control_seeds=[100]" -o mine.ipynb
# ```
#
# A larger model, on a GPU and on source code of your own, is a matter of parameters too. We have not tried it:
#
# ```bash
# learning-geometry run llm_phases_post_training -p device=cuda -p corpus=$PWD/code -p vocabulary=8192 -p width=512 -p heads=8 \
#     -p layers=8 -p base_steps=50000 -p base_learning_rate=0.001 -p "alpha_ranks=[12, 100]" -o mine.ipynb
# ```
