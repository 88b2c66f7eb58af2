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
vocabulary: int = 1000  # tokens of the byte-level BPE vocabulary learnt from the corpus
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
fine_tuning_learning_rate: float = 0.00001  # of AdamW, constant
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
# What would change our mind: a test in which RankMe is measured on general text, as in the paper, by a model that has
# more words than dimensions. Ours has 42 words and 64 dimensions, and is measured on the prompts that it is trained on.

# %% [markdown]
# ## The question
#
# A pretrained language model continues texts. To make it answer, it is trained further, in stages that have become customary:
#
# - **Supervised fine-tuning** ({term}`SFT`): it is shown prompts with the answers that are wanted.
# - **Preference optimisation**, here {term}`DPO`: it is shown two answers to a prompt, and told which one is better.
# - **Reinforcement learning with verifiable rewards** ({term}`RLVR`): it answers, a program checks the answer, and what was right
#   becomes more probable.
#
# The paper follows the shape of the representation through them, as the first chapter did through pretraining. It finds that the
# first two **expand** it, which it links to fitting the training data well and other data less well; and that the third
# **contracts** it, which it links to answers that earn more reward and are less diverse. The evidence is a model of eight
# billion weights. Can one of a hundred thousand show the same, and what happens if a stage is given no learning signal?

# %% [markdown]
# ## A task small enough to be learnt
#
# Our language has lines like `3 + 5 + 2 = 10`. Every number is one token. A base model, a GPT-NeoX as before, is pretrained on
# 200,000 such lines, of which three in twenty have a **wrong answer**, off by up to nine: like other corpora, this one holds things
# that are better not repeated. In one line of five the last sign is a minus.
#
# All post-training is about sums, on the same 200 of them: SFT shows their right answers, DPO the right answer beside a near
# miss, and RLVR rewards the right answer and nothing else. Sums that no training ever saw (though the same numbers may have
# occurred in another order) are the **inside**; subtractions, which post-training does not touch, are the **outside**. The
# trainers are those of Hugging Face's `trl`, the same as for large models.
#
# RankMe is that of the last hidden state at the **last token of the prompt**, the `=`, on held-out sums. The position was fixed
# before anything was measured. The paper takes the last token as well, but of general web text.
#
# **What was known beforehand.** The rules of the claims were committed before the seeds that they judge were run; where a rule
# was changed afterwards, the claim says so. But the configuration was searched for. About fifty small languages and base models
# were tried, most of which did not learn their sums in the time that a laptop has, and about twenty-five schedules of
# post-training, on seeds 0 and 1; they differed in learning rates, lengths, the strength of DPO and its wrong answers, and the
# number of training problems. DPO lowered RankMe in nearly all of them. Three configurations were then run as judged: with three
# mistakes in ten lines on seeds 10 to 13, and with two on seeds 20 to 23, where four base models of eight had not learnt their
# sums; and the present one on seeds 30 to 33, where all had, but four seeds left half of the claims undecided. So there are six
# now, 40 to 45, which nobody had seen. Three of them also go through the controls.

# %% tags=["remove-input"]
claims.panel("task")

# %% [markdown]
# ## The representation, stage by stage

# %% mystnb={"figure": {"name": "fig-course", "caption": "RankMe at the last token of the prompt through post-training. Top: our models, each seed (thin) and their mean (thick), as the change since the base; the dashed branch is trained with random rewards. Bottom: Llama-3.1-Tulu-3.1-8B, read off the paper's figure 5A by eye. Stages are drawn equally wide."}, "image": {"alt": "Two panels of RankMe over the stages SFT, DPO and RLVR. The paper's model rises in the first two and falls in the third; ours moves by a few percent, except with random rewards, where it falls by a quarter."}}
figures.representation.plot_course(records)

# %% [markdown]
# On average SFT expands the representation and DPO contracts it a little, but seeds disagree: from the base to SFT RankMe rises
# in four, by up to twelve percent, and falls in two, by up to three. The paper's figure shows an increase of 39 percent in one
# model. Within SFT there *is* an expansion on average, in the first third of its steps ({numref}`fig-course`), of which nearly
# half is lost again. DPO, in the paper's figure another 28 percent up, goes **down** in five seeds of six. And RLVR, down by eight
# percent there, leaves RankMe where it was.
#
# So the geometry of post-training **is not visible** at this scale: the changes are small, and six seeds cannot tell them from
# nothing. The slope of the spectrum, {term}`alpha-ReQ`, falls in SFT as the paper says. But it falls in RLVR as well, where the
# paper has it rise, and it falls when the base is merely pretrained for longer.
#
# ### The controls
#
# Is it what a stage *teaches* that moves RankMe, or any training at all? Three stages were run without their learning signal: as
# many steps of **more pretraining** in place of SFT; SFT on **shuffled answers**, each the answer to another problem; and
# reinforcement learning with **random rewards**, where a coin decides what is right.

# %% mystnb={"figure": {"name": "fig-stages", "caption": "Change of RankMe and of alpha-ReQ in each training, against the model that it started from: seeds (dots), mean and 95 % interval. Controls stand on grey."}, "image": {"alt": "Dots with intervals for SFT, DPO, RLVR and three controls, in two panels. RankMe changes little except under shuffled answers and random rewards, which lower it."}}
figures.representation.plot_stages(records)

# %% [markdown]
# Two things can be read off {numref}`fig-stages`. The trainings that move RankMe most are those without a learning signal: random
# rewards take more than a tenth of it away in each of three seeds, while the true reward takes none, and shuffled answers take
# a twentieth to a sixth. Whoever finds that reinforcement learning lowered the rank should therefore ask first whether the model was
# still learning: here **noise contracted it**. But neither control is a matched one. A random reward, at this learning rate,
# destroys a small model (of ten answers that were right before about one is left), and what contracts in ruins need not tell
# what contracts in a model that improves.
#
# The matched control is more pretraining, without anything new to learn. It raises RankMe by one or two percent, and on the
# three seeds that have both, SFT raises it by about as much. Of alpha-ReQ it explains more than half of the fall.

# %% tags=["remove-input"]
claims.panel("representation")

# %% [markdown]
# ## Inside and outside
#
# Of SFT and DPO the paper's abstract says that they improve what is like the training data and harm what is not. (Its figure 5B
# is about something else: models pretrained for longer and longer, all after SFT.)

# %% mystnb={"figure": {"name": "fig-inside", "caption": "Loss of the right answer (logarithmic) and accuracy of the most probable one, on held-out sums and on subtractions; seeds and their mean."}, "image": {"alt": "Two panels by stage. On sums the loss falls from the base to SFT and then stays; on subtractions it rises and the accuracy falls."}}
figures.distribution.plot_in_and_out(records)

# %% [markdown]
# SFT halves the loss on sums, and the loss on subtractions goes up: the accuracy of the most probable answer falls from a half to a
# quarter. That is the paper's trade. Under DPO the outside suffers again, but here **the inside suffers too**: preferring the right
# answer over a near miss makes the right answer a little less probable, which DPO allows as long as the wrong one loses more.
# Our DPO is no good model of the paper's in this respect.

# %% tags=["remove-input"]
claims.panel("distribution")

# %% [markdown]
# ## One answer, or many
#
# {term}`pass@k` asks how often at least one of $k$ sampled answers is right. It separates two things that a model can get
# better at: giving the right answer *now*, and having it in reach *at all*. For each of 100 held-out sums 256 answers
# are sampled, of which $c$ are right, and
#
# $$
# \text{pass@}k = 1 - \binom{256 - c}{k} \Big/ \binom{256}{k}
# $$ (eq-pass)
#
# is its estimate without bias {cite:p}`chen2021evaluating`.

# %% mystnb={"figure": {"name": "fig-reward", "caption": "Mean reward in each step of reinforcement learning, per seed and in the mean. With exact match as the reward it rises; a random reward cannot."}, "image": {"alt": "Mean reward over training steps: rising for exact match, flat at one half for random rewards."}}
figures.pass_at_k.plot_reward(records)

# %% mystnb={"figure": {"name": "fig-pass", "caption": "Left: pass@k of the four models, mean over seeds and 95 % interval. Middle: pass@k after RLVR minus before, each seed and the mean; dots are where the curves cross. Right: the paper's model on AMC-23, read off figure 5C."}, "image": {"alt": "Three panels against k from 1 to 256. After RLVR pass@k is higher for small k and lower for large k, in our models by less than one percentage point and in the paper's by four."}}
figures.pass_at_k.plot_pass_at_k(records)

# %% [markdown]
# In all six seeds reinforcement learning makes a single answer better, and with 64 tries the model before it solves more:
# the curves cross at about four tries. In the paper's model they meet at about 64, on problems that are harder, so that
# at 16 tries it still gains where ours has begun to lose. At 256 tries ours cannot differ any more: with 38 numbers to
# choose from, some sample solves almost every problem.
#
# The effect is small, on average below one percentage point at its largest, because the problems are easy. But
# {numref}`fig-pass` shows the same shape in every seed.
#
# The rule for the crossing was changed twice after these seeds had been run. The first asked for a crossing between 1 and 256
# tries, where any crossing must lie. The second asked which curve is ahead at the largest $k$ at which they differ, which in most
# seeds came down to rounding. The present one fixes $k$.

# %% tags=["remove-input"]
claims.panel("pass_at_k")

# %% [markdown]
# ### Where the diversity goes

# %% mystnb={"figure": {"name": "fig-diversity", "caption": "Different answers among 256 samples of a problem, and the entropy of the answer in nats; seeds and their mean."}, "image": {"alt": "Two panels by stage: different answers and entropy fall from the base to SFT, hardly at DPO, and again at RLVR."}}
figures.diversity.plot_diversity(records)

# %% [markdown]
# Most of the diversity is not lost to reinforcement learning. **Supervised fine-tuning alone** takes away three fifths of the
# different answers (from fourteen to five among 256), mistakes that the base had learnt from its text; RLVR takes another
# third. DPO lowers pass@16 as well, by about half as much as RLVR does. To be sure that reinforcement learning narrows the
# answers, one has to measure them at every stage.

# %% tags=["remove-input"]
claims.panel("diversity")

# %% [markdown]
# ## The paper's models
#
# The same notebook reads released checkpoints by name, one unit each, and asks them problems whose answer is a number:
#
# ```bash
# learning-geometry run llm_phases_post_training \
#     -p traced='{DPO: {allenai/Llama-3.1-Tulu-3-8B-DPO: [main]}, RLVR: {allenai/Llama-3.1-Tulu-3.1-8B: [main]}}' \
#     -p traced_texts=HuggingFaceFW/fineweb:sample-10BT -p traced_texts_revision=main -p device=cuda
# ```
#
# `notebooks/scales/paper/llm_phases_post_training.yaml` adds AMC-23, and the fine-tuning of OLMo-2 from several moments of its
# pretraining on Anthropic-HH, tested there and on Alpaca, with data sets at pinned commits and the paper's five seeds. Texts,
# their lengths and numbers of samples are the paper's; the learning rate of fine-tuning is constant where the paper's falls
# linearly, and there are fewer steps. How problems are put to a model, and how its answer is read, is our choice. None of this
# was run for this edition; the paper's points are drawn below, and checkpoints that are measured join them.

# %% mystnb={"figure": {"name": "fig-tulu", "caption": "Tulu through post-training, read off the paper's figure 5 by eye: RankMe (5A, and again in 5C for RLVR) and pass@256 on AMC-23. Checkpoints that were traced here appear as squares."}, "image": {"alt": "RankMe of Tulu rises through SFT and DPO and falls in RLVR; its pass at 256 falls in RLVR from 93 to 89 percent."}}
figures.released.plot_series(records)

# %% mystnb={"figure": {"name": "fig-longer", "caption": "OLMo-2-1B fine-tuned on Anthropic-HH after more and more pretraining, read off figure 5B by eye: the loss on the same kind of text falls, the loss on another kind falls and then rises a little (its ends are placed where the other curve has them)."}, "image": {"alt": "Two panels of loss over pretraining tokens. In distribution it falls from 286 to 261, out of distribution from 137 to 130 and up to 131."}}
figures.released.plot_fine_tuning(records)

# %% tags=["remove-input"]
claims.panel("released")

# %% [markdown]
# ## What this chapter shows
#
# - **What RLVR does to answers reproduces**: better one at a time, worse in many tries, less diverse, more certain. A hundred
#   thousand weights and sums of three digits are enough for it.
# - **What post-training does to RankMe is not visible here.** SFT's rise is undecided, DPO points the other way, RLVR moves
#   nothing; and the control that learns nothing contracts most. A rank that falls is not a signature of reward.
# - **The test is not a fair one yet.** RankMe is measured on the prompts that are trained, not on general text; SFT passes over
#   its few sums 32 times; and with fewer words than dimensions the model lacks the bottleneck that the paper's theory asks
#   for.
# - **Geometry and answers part.** Here answers narrow while the geometry does not change visibly. If the paper's link between
#   the two is more than a coincidence of one model, it needs something that ours has not: scale, text, or answers longer
#   than one number.
# - **In and out of distribution** behave as in the abstract under SFT, and half so under DPO.
# - **What was not tested.** The paper's models, data and sizes, and reinforcement learning as long as theirs. One position (the
#   last token of the prompt) was fixed in advance; at the last token of the whole line RankMe is so low (about two) that it says
#   little. Three seeds are few for the controls.
