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
# *A companion to {cite:t}`li2025tracing`, "Tracing the representation geometry of language models from pretraining to
# post-training". This chapter is about pretraining; [the next](01_llm_phases_post_training) is about the rest.*

# %% [markdown]
# ## Parameters
#
# These values are the laptop scale: linear models, and a small GPT-NeoX of three layers that learns to write Python from
# the standard library on your own disk. The paper's checkpoints of Pythia take the same notebook and
# `notebooks/scales/paper/llm_phases.yaml`.

# %% tags=["parameters", "hide-input"]
theory_seeds: list[int] = [60, 61, 62, 63, 64, 65, 66, 67, 68, 69]  # runs of the class-weighted linear model
theory_classes: int = 32  # its classes, whose frequencies follow Zipf's law
theory_dimension: int = 3  # its feature dimensions
theory_exponent: float = 1.5  # exponent of Zipf's law
theory_scale: float = 0.05  # standard deviation of its initial values
theory_steps: int = 20000  # steps of gradient descent
theory_learning_rate: float = 1.0  # of gradient descent on the cross-entropy
theory_squared_error_learning_rate: float = 0.5  # of gradient descent on squared errors
theorem_seeds: list[int] = [60, 61, 62, 63, 64, 65, 66, 67, 68, 69]  # runs of the paper's linear model
theorem_rates: list[float] = [0.005, 0.01, 0.02]  # rates from balanced starts, over the same span of time
theorem_steps: int = 8000  # steps from generic starts
toy_seeds: list[int] = [60, 61, 62, 63, 64]  # seeds of the paper's toy of four classes
toy_starts: int = 30  # random starts of each
toy_steps: int = 20000  # its steps of gradient descent
toy_rate: float = 0.05  # its learning rate
toy_scale: float = 0.1  # standard deviation of its initial values
trajectory_seeds: list[int] = [0]  # runs of the linear model in the plane; the first is drawn
map_seeds: list[int] = [70, 71, 72]  # runs in each cell of the map
map_dimensions: list[int] = [2, 3, 4, 6, 8, 16, 32]  # feature dimensions in the map
map_exponents: list[float] = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]  # exponents in the map
map_steps: int = 10000  # steps of gradient descent in the map
seeds: list[int] = [20, 21, 22, 23, 24]  # trainings of the small language model
control_seeds: list[int] = [20, 21, 22]  # those of them that are trained without each cause, and with other ramps
probe_seeds: list[int] = [0]  # one seed, for contexts, resamples, random directions and the order of options
corpus: str = ""  # folder of Python files to train on; the standard library if empty
corpus_files: int = 10000  # at most so many of its files
vocabulary: int = 1024  # tokens of the byte-level BPE vocabulary learnt from the corpus
width: int = 32  # hidden dimensions
layers: int = 3  # transformer blocks
heads: int = 2  # attention heads
context: int = 32  # tokens in a context
steps: int = 8000  # training steps
batch_size: int = 8  # contexts in a step
learning_rate: float = 0.02  # of AdamW, constant after a short warm-up
squared_error_learning_rate: float = 0.003  # of AdamW in the control with squared errors
weight_decay: float = 0.0  # of AdamW
warm_up: int = 50  # steps in which the learning rate rises from zero
ramps: list[int] = [1, 300]  # other numbers of such steps, for the beginning of training alone
ramp_steps: int = 320  # training steps with these
ramp_checkpoints: int = 12  # log-spaced checkpoints of these; eight evenly spaced ones come on top
slow_seeds: list[int] = [30, 31, 32, 33, 34]  # trainings of a narrower model at a lower rate
slow_width: int = 16  # its hidden dimensions
slow_context: int = 16  # tokens in its contexts
slow_steps: int = 9000  # its training steps
slow_batch_size: int = 16  # contexts in a step of its training
slow_learning_rate: float = 0.005  # of AdamW in its training
checkpoints: int = 20  # log-spaced checkpoints; eight late ones come on top
probe_contexts: int = 1000  # held-out contexts on which checkpoints are measured
alpha_ranks: list[int] = [1, 8]  # first and last rank of the alpha-ReQ fit
removed_directions: list[int] = [1, 2, 4, 8]  # numbers of leading directions to remove or retain
resamples: int = 100  # resamples of the contexts
keep_checkpoints: str = ""  # folder that keeps the checkpoints; they are deleted if empty
device: str = "cpu"  # where models are trained and read: "cpu" or "cuda"
traced: dict[str, list[str]] = {}  # checkpoint series to trace: names or folders, and their revisions
traced_steps: dict[str, int] = {}  # training steps of revisions whose names do not say one
accept_duplicates: bool = False  # whether revisions of different steps may hold equal weights
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
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["llm_phases"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## The question
#
# While a language model is trained its loss falls. The paper looks at something
# else: the **shape of the cloud** that the model's last hidden states form when it has read the beginnings of many texts.
# That shape does not change steadily. First the cloud **collapses** onto a few directions (the paper's
# *warm-up*), then it **expands** into more and more of them (*entropy-seeking*), and late in training, while the loss keeps falling,
# it **contracts** again (*compression-seeking*).
#
# How many directions a cloud fills is read from the eigenvalues $\lambda_1 \ge \lambda_2 \ge \dots$ of the covariance of the
# states. Two numbers condense them. {term}`RankMe` is the exponential of their entropy, an effective number of dimensions:
#
# $$
# \operatorname{RankMe} = \exp\Bigl(-\sum_i p_i \ln p_i\Bigr), \qquad p_i = \frac{\lambda_i}{\sum_j\lambda_j} + 10^{-7}.
# $$ (eq-rankme)
#
# {term}`alpha-ReQ` is the exponent of the power law $\lambda_i \propto i^{-\alpha}$ that fits them best in a window of
# ranks; the larger it is, the faster the spectrum decays. One warning before any number: {eq}`eq-rankme` takes
# *eigenvalues of the covariance*, as this paper does. The RankMe of {cite:t}`garrido2023rankme` takes *singular values* of the
# features. Both go by one name, and can differ by a factor of several.
#
# This chapter asks three things. Does the linear model behind the theory go through the phases, and for the reason given?
# Does a real transformer, small enough for your computer? And what, in that transformer, is the third phase made of?

# %% [markdown]
# ## The theory
#
# The paper explains its phases with a model that has nothing in it but what the explanation needs. Every sample $s$ has a
# feature $f_s$ in $d$ dimensions, free to move, since inputs are orthonormal; a classifier $W$ turns it into logits for $|V|$
# classes; and gradient descent moves both sides on the sum of the cross-entropies. With
# $A = \operatorname{softmax}(fW) - Y$, of one-hot labels $Y$, the gradients are $AW^\top$ and $f^\top A$. Two theorems follow
# (appendix B of the paper). If $f^\top f = WW^\top$ at the start, it stays so (**theorem 1**), and then
#
# $$
# \Bigl|\frac{d\sigma_i}{dt}\Bigr| = |g_i|\,\sigma_i, \qquad g_i = u_i^\top A\, v_i,
# $$ (eq-growth)
#
# for each singular value $\sigma_i$ (**theorem 2**), with $u_i$ from $f$ and $v_i$ from $W$. From this the paper takes two
# properties of gradient descent. **Primacy bias**: what is frequent is learnt first. **Selection bias**: strong directions
# grow most.

# %% mystnb={"figure": {"name": "fig-theorems", "caption": "The paper's linear model with 32 classes in three dimensions. Left: the largest imbalance of features and classifier from a balanced start, against the learning rate; dots are seeds. Middle: growth of the singular values of one seed, against their size (orange) and against what theorem 2 predicts (blue; the line is equality). Right, from unbalanced random starts: how far the singular vectors of features and classifier agree, and RankMe; lines are means and bands the range over seeds."}, "image": {"alt": "Three panels. Left, dots on a line of slope one. Middle, blue dots on the diagonal, orange dots scattered. Right, the alignment reaches one before RankMe reaches its lowest point."}}
figures.theorems.plot_theorems(records)

# %% [markdown]
# Both theorems hold to the accuracy of the steps. What they imply is less than it seems: $\sigma_i$ grows in proportion to itself
# only *per unit of* $g_i$, and $g_i$ falls as its direction is learnt. Read off growth alone, there is no such
# proportionality (orange).

# %% tags=["remove-input"]
claims.panel("theorems")

# %% [markdown]
# ### The paper's toy
#
# Figure 4 of the paper shows all three phases in such a model with four classes in two dimensions. How many samples
# each class has, and from where it started, is not in the text; we take four, two, one and one, and many random starts.
# The controls of figures 12 and 13 take one cause away each. In all of them, says the paper, a warm-up
# remains, and RankMe then grows monotonically.

# %% mystnb={"figure": {"name": "fig-toy", "caption": "The paper's toy and its controls: RankMe of the centred features from thirty random starts of one seed (thin) and their median at each step (thick). The share is that of starts, over all seeds, in which RankMe falls by more than 5 % from a peak after its dip."}, "image": {"alt": "Five panels of RankMe against steps. All dip and rise; only with squared errors and skewed classes do many starts fall again."}}
figures.toy.plot_toy(records)

# %% [markdown]
# The warm-up is there, under most conditions. The third phase is not: after its dip RankMe grows, with skewed classes as with equal
# ones. The one condition that contracts in many starts is squared errors with skewed classes, which by the paper's figure 13b does not.
# We tried about forty further settings beforehand, on other seeds (other numbers of samples, rates, scales of the start, balanced
# starts, up to 32 classes): about one start in fifty shows a contraction, and figure 4D may be such a start.

# %% tags=["remove-input"]
claims.panel("toy")

# %% [markdown]
# ## A linear model that contracts
#
# A small change brings the third phase about. Give each *class* one feature instead of each sample, and weight its loss by the
# frequency of the class,
#
# $$
# L = -\sum_{c} p_c \ln \operatorname{softmax}(f_c W^\top)_c, \qquad p_c \propto c^{-z},
# $$ (eq-free-features)
#
# with frequencies $p_c$ that follow Zipf's law. Then the features of frequent classes move faster, as they do in a network whose
# contexts share weights. This model is ours. RankMe is that of the frequency-weighted second moment $\sum_c p_c f_c f_c^\top$.

# %% mystnb={"figure": {"name": "fig-trajectories", "caption": "Our linear model with two dimensions, after the paper's figure 4. Left: every class's feature on its way through the plane, coloured by the frequency of the class. Middle: the classifier's rows. Right: RankMe and the two eigenvalues of the features; shading marks the phases, and lines in the planes are dotted, solid and dashed in turn."}, "image": {"alt": "Three panels: paths of sixteen feature vectors fanning out from the origin, paths of sixteen classifier rows, and RankMe against steps, which dips to one, rises to nearly two and sinks a little."}}
figures.linear_model.plot_trajectories(records)

# %% mystnb={"figure": {"name": "fig-theory", "caption": "RankMe of our linear model over training, ten seeds (thin) and their median (thick), with all three causes and without. The fall is that from the peak to the trough after it, mean and range."}, "image": {"alt": "Six panels of RankMe against steps on a logarithmic axis. Only the first dips, rises and falls again."}}
figures.linear_model.plot_conditions(records)

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/linear_model.html
# ```

# %% [markdown]
# The third phase is small and differs from seed to seed. Equal frequencies take it away, and so do three dimensions for four classes;
# for squared errors ten seeds do not decide. With as many dimensions as classes RankMe still rises at the last step. One control
# departs from the paper: without skew our model does not even collapse.
#
# ### Where the third phase exists
#
# How narrow must the bottleneck be, how skewed the frequencies? The paper does not ask.

# %% mystnb={"figure": {"name": "fig-map", "caption": "By how many percent RankMe falls from its peak, mean over seeds, for skews z and dimensions d. On the axis, below the dimensions, how many classes share one. The third phase exists where the bottleneck is narrow and the skew is Zipf's or stronger. Runs with a strong skew have not ended after these steps, so that their cells can still grow."}, "image": {"alt": "Heat map of falls in percent: up to about eight percent for two to four dimensions and exponents of one or more, zero elsewhere."}}
figures.linear_model.plot_map(records)

# %% [markdown]
# Language has exponents around one and tens of thousands of tokens in some thousand dimensions, which puts it where the map shows
# a third phase. Small models can be put there as well.

# %% tags=["remove-input"]
claims.panel("linear_model")

# %% [markdown]
# ### Which classes drive it
#
# In the paper's account frequent classes separate first (warm-up), volume and rank grow (entropy-seeking), and at last rare classes
# separate along directions that exist already, so that the first singular value outgrows the second (compression-seeking).
# Our model has the third phase, and can be asked. We follow every class, and then go on from RankMe's peak with the losses of the frequent
# classes alone (those that make up half of the mass), or of the rare ones alone.

# %% mystnb={"figure": {"name": "fig-mechanism", "caption": "Left: how the way of each class's feature is shared among the phases, mean over the seeds that have a third phase. Right: RankMe from its peak on, when all losses are minimised, those of the frequent classes alone, or those of the rare ones alone; lines are means and bands the range over seeds."}, "image": {"alt": "Left, frequent classes have walked about half of their way at the peak, rare ones little of it. Right, RankMe falls under all losses, falls less under those of frequent classes, and rises under those of rare classes."}}
figures.mechanism.plot_mechanism(records)

# %% [markdown]
# The order is the paper's: frequent classes first, rare ones last. The cause is not. Rare classes do not prefer the dominant
# direction, and their losses alone make RankMe *rise*. It is the growing confidence in frequent classes that contracts the
# cloud.

# %% tags=["remove-input"]
claims.panel("mechanism")

# %% [markdown]
# ## The phases in a transformer
#
# We train a GPT-NeoX, the architecture of Pythia, on a text that every reader has: the source code of
# Python's standard library, 11.8 million characters, in a vocabulary of 1,024 byte-level tokens learnt from it. The model has
# three blocks and 32 dimensions, so that the bottleneck is about as tight, in proportion, as that of a large model. It is trained for nearly
# half of one pass over the text at a constant learning rate, and is measured on windows of held-out files, at
# checkpoints whose weights are averaged over the last tenth of the steps. Of alpha-ReQ the paper fits ranks 12 to 100, in models of
# thousands of dimensions; we fit ranks 1 to 8 of 32, which begin near the head of the spectrum as well.

# %% mystnb={"figure": {"name": "fig-phases", "caption": "A small GPT-NeoX on the Python standard library, five seeds. From top to bottom: RankMe of each seed, with bands from resampled contexts; mean RankMe of each layer, and of the last one without the gain of its norm or without its leading direction; alpha-ReQ of ranks 1 to 8; and the held-out loss, which shows none of the phases. Shading marks the phases that the phase finder found (median over seeds); other bands run from the least to the greatest seed."}, "image": {"alt": "Four panels over training steps. RankMe drops steeply, climbs back and falls again; alpha-ReQ peaks when RankMe is lowest; the loss falls throughout."}}
figures.transformer.plot_phases(records)

# %% [markdown]
# The phases in {numref}`fig-phases` were not drawn by hand. A rule finds them: a checkpoint is a turning point if the
# curve moves away from it by more than 5 % on both sides. It knows neither how many phases there should be nor in what order,
# and finds none in a curve that only falls, only rises, or only trembles. Not every seed has exactly the three phases: the fall at the
# end differs much from seed to seed, and one of them turns up again after a shallow one. Five seeds are too few to say *most* with
# confidence.
#
# ### In what order
#
# The loss falls through all of it. Alpha-ReQ is the paper's second measure: it falls while RankMe rises, and rises while RankMe
# falls. The first half holds in every window of ranks. The second depends on the window: where rank 1 is in it, alpha-ReQ
# rises; in the middle of the spectrum nothing says that it does. A later section shows why.
#
# ### Side by side with the real ones

# %% mystnb={"figure": {"name": "fig-series", "caption": "RankMe as a share of its peak, over training tokens: our small models, and Pythia and OLMo-2 as read off the paper's figure 2 (markers; a few points each, by eye). The order of the phases is the same. The depth of the compression is not: the large models lose half of their peak or more."}, "image": {"alt": "Curves of relative RankMe against tokens from a thousand to ten trillion. Small models and published series each dip, peak and fall."}}
figures.transformer.plot_series(records)

# %% [markdown]
# OLMo-2-7B goes through further stretches of expansion and compression late in training, as the paper notes.

# %% tags=["remove-input"]
claims.panel("transformer")

# %% [markdown]
# ## What the collapse coincides with
#
# In the paper the collapse coincides with the ramp-up of the learning rate. The two can be told apart: we begin the same
# trainings again with a ramp six times as long, and with none at all.

# %% mystnb={"figure": {"name": "fig-ramps", "caption": "The beginning of training with three ramps of the learning rate. Left: RankMe; dashed lines mark where each ramp ends. Middle: held-out loss, and that of a model that knows the frequencies of tokens and nothing else (dotted). Right: squared cosine of the leading eigenvectors of features and classifier in the reference; one line for each seed, and their mean."}, "image": {"alt": "Three panels over training steps: RankMe dips under every ramp, earlier and deeper the shorter the ramp; the loss passes the dotted line near the floor; the alignment rises to nearly one before the floor and is lost afterwards."}}
figures.warm_up.plot_ramps(records)

# %% [markdown]
# The collapse needs no ramp, and a long ramp outlasts it by far. What it does coincide with is the loss: at RankMe's
# floor the model predicts every token by its frequency, about as well as a table of frequencies does. At that moment the leading
# eigenvectors of features and classifier are aligned, as the linear theory has it. Unlike there, the alignment is lost in the
# expansion; AdamW and the final norm do not conserve what gradient flow conserves.

# %% tags=["remove-input"]
claims.panel("warm_up")

# %% [markdown]
# ## Every layer, every probe?
#
# The paper finds its phases in every layer (figure 7), whatever the number of contexts, their length, and the text (figures 8
# to 10). The second panel of {numref}`fig-phases` shows our layers: collapse and expansion run through all of them. The
# compression is in the last layer alone; while it contracts, the inner ones go on expanding.

# %% tags=["remove-input"]
claims.panel("layers")

# %% mystnb={"figure": {"name": "fig-probes", "caption": "RankMe on other probes, mean over seeds, as a share of the peak on held-out code: a quarter of the contexts, contexts of a quarter of the length, the training text itself, the source code of another package (numpy), and the docstrings in it. Shading marks the phases."}, "image": {"alt": "Six curves of RankMe over training steps that dip, rise and fall at nearly the same steps."}}
figures.robustness.plot_probes(records)

# %% tags=["remove-input"]
claims.panel("robustness")

# %% [markdown]
# ## Memorisation
#
# What does the model learn in each phase? The paper compares it with an {term}`infini-gram`, a model without parameters that looks up the longest
# suffix of the context in the *training* text and predicts what followed there. The more alike the two
# are, the more the model has memorised. The paper asks trivia questions (TriviaQA) of an index of the whole training text; we take the
# probability of the true next token in held-out code, and a {term}`suffix array` of our own training stream.

# %% mystnb={"figure": {"name": "fig-memorisation", "caption": "Likeness to n-gram models of the training text, over training; one line for each seed, and their mean. Correlation and agreement with infini-grams climb through the expansion and go on in the compression. Agreement with the bigram levels off before."}, "image": {"alt": "Three panels over training steps: the Spearman correlation rises from near zero to nearly one half; agreement with bigrams rises to about one half and then falls slightly."}}
figures.memorisation.plot_memorisation(records)

# %% [markdown]
# The rise within the expansion is the paper's. In the paper's figure 3A the correlation then stays or sinks a little (for Pythia-1B
# from about .338 to .332, read off the figure); here it goes on rising, if more slowly. A small model
# after half a pass has not memorised what it can. Short n-grams are different: agreement with the bigram climbs steeply in the
# expansion and levels off.
#
# ### Short contexts first, long ones later?
#
# On multiple choice (SciQ) the paper's models improve in both phases; on TriviaQA, which needs long contexts, most of the
# improvement comes in the compression. We sort the tokens of held-out code by how far n-grams of the training text must look back to
# predict them. A middle class serves as control: it needs three to five tokens, and is as hard to predict as the long one.

# %% mystnb={"figure": {"name": "fig-reach", "caption": "Left: next-token accuracy as a share of its last value, for predictions that need the last token only (short), two to four tokens (mid), or more (long), as n-grams of the training text decide; lines are means and bands the range over seeds. Right: how long the suffixes are that the infini-gram finds, in the paper's table 7 and in our contexts."}, "image": {"alt": "Left, three rising curves, of which short saturates first. Right, bars: four tokens are most frequent on TriviaQA; held-out code has a longer tail."}}
figures.memorisation.plot_reach(records)

# %% [markdown]
# What the bigram predicts is learnt first. What needs more tokens seems to come later, which five seeds do not quite settle; but most
# of that gain comes before RankMe's peak all the same. And the middle class gains no earlier than the long one, so that
# what is learnt late may be what is hard and not what is far.
#
# ### Accuracy and geometry
#
# The paper's table 9 correlates accuracy with both measures over the checkpoints of a model: higher accuracy goes with lower
# RankMe and higher alpha-ReQ. Over all our checkpoints it is the other way round, because accuracy rises most in the expansion. From
# RankMe's peak on the sign has to be the paper's, wherever accuracy rises and RankMe falls. The sign of such
# a table is a matter of which checkpoints are taken.

# %% tags=["remove-input"]
claims.panel("memorisation")

# %% [markdown]
# ## What the leading directions carry
#
# The paper's table 8 takes the leading ten or fifty principal directions out of the last layer. Accuracy on science questions
# (SciQ) survives; with *only* those directions it drops to about chance. The authors conclude that the
# full spectrum is needed. We do the same to our model, with next tokens for a task:

# %% mystnb={"figure": {"name": "fig-directions", "caption": "Left: next-token accuracy of the small model after surgery on its last layer; lines are means and bands the range over seeds. Leading directions removed (red) cost hardly more than random ones (green); alone (blue) they are of little use, and so are random ones (dashed). Right: the paper's table 8, as printed; chance is a quarter."}, "image": {"alt": "Left panel: accuracy against the number of directions removed or retained. Right panel: SciQ accuracy of six models, .84 to .97 where directions are removed and .16 to .33 where only they are retained."}}
figures.leading_directions.plot_directions(records)

# %% [markdown]
# The asymmetry is there. But a random direction shows it as well: take *any* few of the directions away and most of the accuracy
# stays; keep only a handful of *any* and most is gone. Table 8 has no such comparison, which the claims below make for one and
# for two directions.

# %% tags=["remove-input"]
claims.panel("leading_directions")

# %% [markdown]
# ## What the compression is made of
#
# If the compression were a general return to fewer dimensions, it would show throughout the spectrum; and if every singular value grew
# in proportion to itself, every band of ranks would fall. Leave out the **leading directions**, and the
# rest of the spectrum does not contract at all. The compression is one of the *head*: a direction or two that take an ever larger
# share of the variance. Much of that share is
# caused by the **gain** of the final layer norm, thirty-two numbers that multiply the coordinates. Where training happens
# to raise one of them, one coordinate becomes an outlier, and RankMe falls. This is also why alpha-ReQ rises only where its
# window holds rank 1.

# %% mystnb={"figure": {"name": "fig-heads", "caption": "What changes in the compression, from RankMe's peak to the last checkpoint. Left: RankMe of the eigenvalues in each band of eight ranks. Right: alpha-ReQ, by the ranks to which the power law is fitted. Dots are seeds, bars their mean."}, "image": {"alt": "Bars. Left, only the first band falls. Right, alpha-ReQ rises where the first rank is in the window and falls where it is not."}}
figures.spectrum_head.plot_heads(records)

# %% [markdown]
# Is that all there is? The rate decides. Half as wide, at a quarter of the learning rate and for more tokens, the same
# architecture had a slower contraction of another kind on our exploring seeds: in the last block's output before the norm, and
# without the gain, in four of five. Here it is trained again, on fewer seeds and for fewer steps than it would take to decide.
# Two different things may carry the name of the third phase. Whether the compression of Pythia and OLMo-2 is of the first
# kind or the second this chapter cannot say; it is ready to ask their checkpoints.

# %% mystnb={"figure": {"name": "fig-slow", "caption": "RankMe of a narrower model at a quarter of the learning rate: its last layer, the same without the gain of its norm, the last block's output before the norm, and the mean of the inner blocks. Thin lines are seeds, the thick one their mean."}, "image": {"alt": "Four panels of RankMe against training steps."}}
figures.spectrum_head.plot_slow(records)

# %% tags=["remove-input"]
claims.panel("spectrum_head")

# %% [markdown]
# ## Does it need what the theory says?
#
# By the paper's account a model needs cross-entropy, skew and a bottleneck to contract. It takes them away in the linear model
# alone. Does the transformer need them? Each training below lacks one, has the same seeds and the same number of steps as the
# reference, and is compared with it seed by seed.

# %% mystnb={"figure": {"name": "fig-controls", "caption": "RankMe, as a share of its peak, in the reference and in three trainings that each lack one cause: single characters (32 tokens in 32 dimensions), targets balanced to be uniform, and squared errors. Thin lines are seeds, the thick one their mean; the fall is the mean, and its range, over seeds. A curve that still rises at its last step has not turned."}, "image": {"alt": "Four panels of RankMe against training steps. All collapse and expand; the reference contracts most."}}
figures.causes.plot_causes(records)

# %% [markdown]
# The question is not whether a control falls by nothing, which would take dozens of seeds to decide, but whether it falls by less than
# its reference. Two comparisons belong together: with the gain of the final norm, and without it, where the outlier of the last section has no part. And
# the collapse needs none of the three.

# %% tags=["remove-input"]
claims.panel("causes")

# %% [markdown]
# ## The released checkpoints
#
# The same functions that measured our checkpoints read anyone's, in the format of Hugging Face; with `keep_checkpoints` ours are
# saved and read back in it as well. A
# series is a name (or a folder) and its revisions:
#
# ```bash
# learning-geometry run llm_phases -p traced='{EleutherAI/pythia-160m: [step0, step64, step512, step4000, step143000]}' \
#     -p traced_texts=HuggingFaceFW/fineweb:sample-10BT -p traced_texts_revision=main
# ```
#
# Each revision is resolved to a commit of 40 digits, which is recorded. One checkpoint is one unit: a run that was interrupted
# goes on where it stopped, and with `delete_after` a checkpoint leaves the disk once it has been measured, so that a
# long series never needs more room than `disk_budget_gb`. At the paper's scale these claims are judged; they are not run here.
#
# Not every released checkpoint is what its name says. Of Pythia-2.8B, 86 of 154 steps were found to hold weights from late
# in training ([pythia#205](https://github.com/EleutherAI/pythia/issues/205)), so that the paper's scale leaves this model out.
# What is known is refused at once, and equal weights at different steps before they are downloaded: the hub tells every file's
# hash. `learning-geometry verify-series EleutherAI/pythia-2.8b` shows the groups, and `-p accept_duplicates=true` traces them
# all the same, with open circles in the figure. A series of one's own is drawn there over its own steps: `checkpoint-500`,
# `step500` or, with `traced_steps`, any names.

# %% tags=["remove-input"]
claims.panel("released")

# %% [markdown]
# A model of tens of millions of weights, on a folder with all the Python source that
# you have, is a matter of parameters (`corpus`, `vocabulary`, `width`, `layers`, `heads`, `context`, `steps`, `device=cuda`), as
# [Reproduce it yourself](../reproduce.md) shows. No such run stands in this edition.
#
# ## Statement by statement
#
# What the paper says of pretraining, where it says it, and which claim judges it here.

# %% tags=["remove-input"]
claims.statements()

# %% [markdown]
# No claim of ours touches what follows. OLMo-2-7B expands and contracts once more late in training (section 3.1, figure 2); a first checkpoint of
# it repeats itself (figure 6); models below 1B show the phases as well (figure 11); zero-shot accuracy on TriviaQA (figure 3B), for which
# our tokens of long reach stand in.
#
# ## What would change our mind
#
# Training runs long enough for memorisation to saturate, as the paper's are. A compression that survives without the leading
# direction and in the inner layers. A start of the paper's toy, or a weighting of its samples, with which
# the third phase is the rule. And the paper's own checkpoints, which this chapter is ready to read.
#
# ## Limits and hindsight
#
# - **Rules and seeds.** The rules of the claims were committed before the seeds of this edition were run, but for those that wear
#   the badge *hindsight*. They were not made blindly. Seeds 0 to 4 served to choose the configurations: seventeen settings
#   of the transformer, two further ramps and four controls, about forty settings of the linear models. The reference was settled on after four of these seeds, the
#   narrower model after one. Seeds 5 to 9 were those of the first edition, whose transformer had one block.
# - **Numbers of seeds** follow from the spread on the exploring seeds: five for the reference, three for the controls, whose paired
#   contrasts three decided there. The fresh seeds differ more from each other. For the narrower model at a lower rate five seeds and 14,000 steps would be wanted, as on the exploring
#   seeds; the time allows three and 9,000.
# - **Scale.** A tenth of a million weights and two million tokens are far from the paper's. What is not reproduced here may be
#   right there.
# - **Tokens by reach** differ in difficulty by construction, since each class is what shorter n-grams get wrong.
# - **Squared errors** were trained at one rate only, and hardly learn.
#
# ## Try it yourself
#
# 1. *Find a toy that contracts.* Change the scale of the start (`toy_scale`), the rate (`toy_rate`) and the number of starts, and look for
#    a setting in which most starts have three phases.
# 2. *Remove the outlier.* Lower `learning_rate` step by step from .02 to .005. When does the fall move from the gain of the norm into the last
#    block?
