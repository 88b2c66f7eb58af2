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
# # Which geometry does plasticity have?
#
# *A companion to {cite:t}`pogodin2024synaptic`, "Synaptic weight distributions depend on the geometry of plasticity".*

# %% [markdown]
# ## Parameters
#
# These values are the laptop scale: simulated synapses, and networks that learn scikit-learn's handwritten digits. MNIST and
# pretrained image networks take the same notebook and `notebooks/scales/paper/synaptic_weights.yaml`; **your own table of synapse
# sizes** needs only its path in `paired_sizes`.

# %% tags=["parameters", "hide-input"]
seeds: list[int] = [10, 11, 12, 13, 14]  # of the networks: initial weights, order of images, images fine-tuned on
images: str = "digits"  # "digits", a Hugging Face data set such as ylecun/mnist, or a folder of parquet files
images_revision: str = ""  # commit of the Hugging Face data set, 40 hexadecimal digits
networks: dict[str, int] = {"recurrent": 128, "perceptron": 256, "convolutional": 32}  # architectures, units
initial: str = "log-normal"  # distribution of initial weights: "log-normal" or torch's own, "uniform"
pretraining: str = "euclidean"  # geometry of the pre-training: "euclidean", or "matched" to the fine-tuning
pretraining_epochs: int = 20  # passes over the training images
pretraining_learning_rate: float = 0.1  # of the euclidean pre-training; falls to zero along a cosine
undertrained: str = "convolutional"  # the network of the control, which learns little before it is fine-tuned
undertrained_epochs: int = 1  # passes of the control over the training images
undertrained_learning_rate: float = 0.01  # of its euclidean pre-training
learning_rates: list[float] = [0.001, 0.01, 0.1]  # tried in fine-tuning; the least final loss decides
momentum: float = 0.9  # of all training
batch_size: int = 64  # images per step
epochs: int = 30  # passes of fine-tuning, repeated until every image is right
max_epochs: int = 150  # or until so many are up
device: str = "cpu"  # where networks are trained: "cpu" or "cuda"
draw_seeds: list[int] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]  # fmt: skip # of the simulations, and of the regressions of each size
simulated_synapses: int = 1000  # in each simulation
simulated_change: float = 0.1  # standard deviation of the dual change, as a share of the dual of a typical weight
dimensions: list[int] = [100, 300, 1000, 3000]  # weights of the linear regressions
covariance_power: float = 2.0  # how fast inputs of the regression decorrelate with their distance
shape_seeds: list[int] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  # of the regressions whose final distribution is predicted
shape_synapses: int = 2000  # weights of each
shape_samples: int = 299  # equations of each
label_scale: float = 3.0  # size of their labels: three times the usual, so that weights change much
power_seeds: list[int] = [0]  # of the experiments simulated to count synapses
power_changes: list[float] = [0.05, 0.1, 0.3]  # relative change of a typical synapse between the two measurements
power_spreads: list[float] = [0.2, 0.4, 0.83]  # standard deviation of the logarithm of synapse sizes
power_replicates: int = 100  # simulated experiments for each design
max_synapses: int = 5000  # that an experiment can have at most
noise_seeds: list[int] = [1]  # of the experiments simulated with measurement noise
noises: list[float] = [0.0, 0.02, 0.05, 0.1, 0.2]  # measurement noise as a share of the size
noise_synapses: list[int] = [100, 300, 1000]  # synapses followed
noise_change: float = 0.1  # relative change of a typical synapse
noise_spread: float = 0.83  # standard deviation of the logarithm of synapse sizes
noise_replicates: int = 88  # simulated experiments for each
example_seeds: list[int] = [0]  # of the two examples that are only drawn: two weights, and a table of synapses
paired_sizes: str = ""  # a CSV file of your own, one synapse a line; "" for none
before_column: str = "before"  # its column of sizes before learning
after_column: str = "after"  # its column of sizes after learning
synapse_column: str = ""  # its column of names, checked for doubles; "" for none
measurement_noise: float = 0.0  # of your sizes, as a share of the size: from two measurements of one synapse
spine_table: str = ""  # soma_subgraph_synapses_spines_v185.csv of the MICrONS release; "" for none
pretrained: dict[str, list[str]] = {}  # image networks of the Hugging Face hub and their revisions
photographs: str = ""  # a folder of labelled photographs to fine-tune them on, such as ImageNet's validation set
photograph_size: int = 224  # pixels
pretrained_seeds: list[int] = [0, 1, 2]  # which photographs, in which order
pretrained_learning_rates: list[float] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]  # tried; the least final loss decides
pretrained_batch_size: int = 256  # photographs per step
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["synaptic_weights"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## The question
#
# A synapse may change by an amount that does not depend on its size, in proportion to its size, or less the larger it is. Each of
# these is a **geometry** on the space of weights. Most models of learning use gradient descent and so assume the first.
#
# The paper shows that the geometry leaves a trace, whatever the learning rule: one transformation of weights, fixed by the
# geometry, makes the change that learning caused Gaussian. So measure synapses before and after learning, transform them, and see
# whether the change is Gaussian.
#
# This chapter does so where the truth is known: in simulations, in linear regression solved exactly, and in three kinds of
# networks trained on real images. Then it asks what the paper leaves open: **how many synapses must I follow, how well must I
# measure them, and how sure can I be?** Of the paper we could read the abstract and the opening, and its official code whole. It
# prints no numbers to compare ours with, so we compare patterns.
#
# *What would change our mind*: a network or a task in which a wrong geometry looks more Gaussian than the right one although the
# weights changed little; or real synapses, measured twice, with their measurement noise known. We looked at none.
#
# ## Moving in the dual space
#
# {term}`Mirror descent` generalises gradient descent. Choose a convex function of a weight, the *potential* $\phi$. Its
# derivative $\phi'$ takes each weight to its image in the {term}`dual space`; there the gradient is subtracted, and the result is
# taken back:
#
# $$
# \phi'(w_{t+1}) = \phi'(w_t) - \eta\, g_t .
# $$ (eq-mirror)
#
# With $\phi = \tfrac12 w^2$ the image is the weight itself, and
# {eq}`eq-mirror` is gradient descent: **Euclid**. With $\phi = |w|\log|w|$ the image is a logarithm, weights change by
# *factors* and never change sign: **entropy**. With $\phi = \tfrac13|w|^3$ the image is a signed square, and small weights
# move most: the **3-norm**. All three have a curvature $\phi''(w) \propto |w|^{p-2}$; their exponent $p$, which is 2, 1
# and 3, names them.

# %% mystnb={"figure": {"name": "fig-dynamics", "caption": "Two weights learn one equation by mirror descent. Left: three geometries, one start, three paths to three different solutions on the same line; crosses are the limits that the exact solver gives. Right: in its own dual space each path is straight, along the input."}, "image": {"alt": "Left: three paths from one point to a line; entropy moves mostly the larger weight, the 3-norm mostly the smaller. Right: three parallel straight lines."}}
figures.dual_space.plot_dynamics(records)

# %% [markdown]
# In the dual space every step of {numref}`fig-dynamics` goes along the input. After learning from $N$ examples the total
# change is therefore a sum of $N$ terms, one for each example,
#
# $$
# \phi'(w^{\text{after}}_i) - \phi'(w^{\text{before}}_i) = \sum_{n=1}^{N} X_{ni}\,\lambda_n ,
# $$ (eq-sum)
#
# and sums of many terms are Gaussian. This is the paper's argument in brief (as we read it: the derivation for linear regression
# is ours). Under the wrong potential the transformed change is no longer Gaussian.
#
# **The statistic.** The paper's code standardises the dual change and integrates $|F - \Phi|$, the distance between its
# cumulative distribution and the Gaussian's. Even $n$ truly Gaussian numbers do not give zero. They give on average
#
# $$
# \begin{gathered}
# \frac{1}{\sqrt n}\sqrt{\frac{2}{\pi}}\int\sqrt{\Phi(1-\Phi) - \tfrac12 x^2\varphi^2}\;dx\\
# =\; \frac{1.185}{\sqrt n},
# \end{gathered}
# $$ (eq-floor)
#
# the *floor* (our derivation), and exceed $2.09/\sqrt n$ in one case out of twenty. Both are drawn in every figure. They hold for
# independent weights; those of a network share their inputs and are not quite independent.
#
# ## Known geometry, by construction
#
# Begin with the authors' own simulation: a thousand weights, changed by Gaussian amounts in the dual space of one potential and
# analysed under five. (One thing differs: their log-normal initial weights are a third of the size, against the same noise.)

# %% mystnb={"figure": {"name": "fig-simulation", "caption": "Distance of the dual change from a Gaussian, by the potential under which it is analysed. Each colour is one true geometry; its line has its minimum there, at the floor (dotted) and below the 5 % critical value (dashed). Bands hold nine simulations in ten."}, "image": {"alt": "Two panels, log-normal and normal initial weights. Three V-shaped lines of distance against candidate exponent, with minima at 1, 2 and 3, down on the dotted floor."}}
figures.simulation.plot_simulation(records)

# %% [markdown]
# The least distance names the truth in every case. Six cases share the initial weights of one seed, so that they count as one:
# thirty seeds without an error still allow a rate of 88 %, which is why a rate above 95 % stays undecided.

# %% tags=["remove-input"]
claims.panel("simulation")

# %% [markdown]
# ## Linear regression
#
# Next only the geometry of learning is prescribed; the change itself is learnt. A linear model with $D$ weights learns $N < D$
# random labels from correlated inputs. There is no need to train it: of the solutions that fit all labels, mirror descent reaches
# the one nearest to its start, in the geometry's own sense of near. That is a convex problem in $N$ unknowns, which Newton's
# method solves in a dozen steps, to ten digits. ([](../instruments/mirror_descent.md) has the solver.)

# %% mystnb={"figure": {"name": "fig-regression", "caption": "Left: in the right geometry the distance falls with D as that of Gaussian numbers does, below their floor for N = √D and about it for more samples (N = D^3/4); with inputs of heavy tails (grey) it is far above. Right: by candidate, at the largest D."}, "image": {"alt": "Left panel: distance against D on logarithmic axes, falling along the dotted floor line; grey points stay high. Right panel: V-shaped lines with minima at the true exponents; for the 3-norm and many samples the minimum lies at 2.5."}}
figures.regression.plot_regression(records)

# %% [markdown]
# In the right geometry the change is Gaussian, and its distance falls as $1/\sqrt D$. In a wrong one it is not: all six pairs of
# geometries differ by a wide margin, and the least distance names the truth every time. (Here too the three geometries of a seed
# share task and initial weights, and thirty seeds cannot show a rate above 95 %.)
#
# The inputs of the official task are nearly Gaussian themselves, so that one sample would do as well as many. Binary inputs put
# the sum to the test: $\sqrt D$ samples leave a change that is close to Gaussian, though more single changes exceed the critical
# value than the 5 % that Gaussian ones would. Inputs with heavy tails give no Gaussian in any geometry.
#
# The theory is one of *many weights and few samples*: learning must not move many weights across zero. With $N = D^{3/4}$ a
# quarter of the weights change sign under the 3-norm, and then the neighbouring potential with $p = 2.5$ looks more Gaussian than
# the true one.

# %% tags=["remove-input"]
claims.panel("regression")

# %% [markdown]
# ## Networks on real images
#
# Networks are not linear, their losses not squared, their inputs not Gaussian. The paper fine-tunes image networks until every
# image is classified correctly; so do we, at our size. Three networks learn scikit-learn's digits by gradient descent from
# log-normal weights: a **recurrent** one that reads each image row by row, as the authors' does with MNIST; a **perceptron**; a
# **convolutional** network with batch normalisation. Each is then fine-tuned with each potential on as many *new* images as the
# square root of its number of watched weights, as in the paper, until all are classified correctly.

# %% mystnb={"figure": {"name": "fig-networks", "caption": "Distance by candidate in four networks; thin lines are seeds. In the recurrent network, the perceptron and the well-trained convolutional network every line has its minimum at its true geometry. A convolutional network that had learnt little before (lower right, the control) must change its weights a lot, and no longer shows the 3-norm."}, "image": {"alt": "Four panels of V-shaped lines. In three of them minima lie at exponents 1, 2 and 3, above the floor; in the fourth the 3-norm's line is low everywhere."}}
figures.networks.plot_networks(records)

# %% [markdown]
# In a first attempt the convolutional network, without normalisation and badly trained before it was fine-tuned, did not show its
# geometry. It does once it is trained well: what matters seems to be not the architecture but how far the weights still have to
# go. The control supports this. After a single slow pass the same network must change the weights of its later layers by twice
# their size, and the distance no longer identifies a 3-norm.
#
# Two limits matter. The change in networks is *more* Gaussian in the right geometry, but an absolute test rejects that it is
# Gaussian: its tails are too heavy everywhere, as those of a mixture of scales are. Only the comparison identifies the geometry.
# And the comparison needs **pairs**: if it is not known which weight became which, the statistic says nearly the same whatever the
# geometry.

# %% tags=["remove-input"]
claims.panel("networks")

# %% [markdown]
# ## A better statistic
#
# A distance from the Gaussian can only compare candidates that somebody thought of, and it ignores how the transformation crowds
# weights together. There is a classical alternative. If the dual change is Gaussian, the *later weights* have a density, which
# includes the slope of the transformation:
#
# $$
# \begin{gathered}
# \log p(w^{\text{after}} \mid w^{\text{before}}) = \sum_i \Bigl[\log \mathcal N\bigl(\Delta_i;\, \mu, s^2\bigr) + \log \phi''(w^{\text{after}}_i)\Bigr],\\
# \Delta_i = \phi'(w^{\text{after}}_i) - \phi'(w^{\text{before}}_i).
# \end{gathered}
# $$ (eq-likelihood)
#
# With equal weights at the start this is the transformation of Box and Cox, their $\lambda$ our $p - 1$
# {cite:p}`box1964analysis`. The exponent becomes a number to be *estimated*, with an interval: the likelihood needs no candidates.
# (Synapses that would have crossed zero are lost, and {eq}`eq-likelihood` is conditioned on survival. Neither the estimator nor
# anything that follows on numbers of synapses and on measurement noise is in the paper, as far as we could read it.)

# %% mystnb={"figure": {"name": "fig-exponents", "caption": "The exponent of greatest likelihood in each layer and seed, read from at most 1,000 weights that kept their sign. Vertical lines are the truth. The estimates stay close to it in the control as well, where the distance fails."}, "image": {"alt": "Dots for four networks and three true geometries, close to the lines at 1, 2 and 3; in the control some of the 3-norm lie below."}}
figures.likelihood.plot_exponents(records)

# %% tags=["remove-input"]
claims.panel("likelihood")

# %% [markdown]
# ## The distribution that learning leaves
#
# If the dual change is Gaussian, the geometry predicts the *final* distribution of weights from the initial one, given no more
# than a mean and a variance. We let a regression change its weights a lot, and compare.

# %% mystnb={"figure": {"name": "fig-shapes", "caption": "Sizes of weights before learning (grey) and after, in three geometries, from log-normal weights and from equal ones. Dashed lines are the right geometry's own predictions. Entropy keeps a nearly log-normal shape; Euclid and the 3-norm leave many weights near zero, the long tail on the left."}, "image": {"alt": "Two panels of densities of the logarithm of weight sizes. The entropy curve is nearly symmetric; those of Euclid and the 3-norm lean to the right with long left tails."}}
figures.shapes.plot_shapes(records)

# %% mystnb={"figure": {"name": "fig-predictions", "caption": "Kolmogorov–Smirnov distance between the predicted and the final distribution, by the geometry that predicts. Solid: mean and variance from paired weights; dashed: one width fitted to the histograms alone. Dotted: what sampling alone makes."}, "image": {"alt": "Two panels of lines over candidate exponents with minima at the true geometry; dashed lines are flatter."}}
figures.shapes.plot_predictions(records)

# %% [markdown]
# Different geometries leave different distributions, and by more than new weights and a new task in the same geometry would.
#
# Synapses are often found to be log-normal, in size {cite:p}`loewenstein2011multiplicative` and in strength
# {cite:p}`song2005highly`. The paper concludes that such synapses were not changed by Euclidean plasticity. The comparison
# supports this: weights that were log-normal stay closer to log-normal under entropy, and equal weights come closer to it. Neither
# becomes exactly log-normal, however. With two thousand weights the test of Shapiro and Wilk rejects the entropy's weights too.

# %% tags=["remove-input"]
claims.panel("shapes")

# %% [markdown]
# ## For the experimenter: how many synapses?
#
# Suppose you can image the same spines before and after learning. How many do you need? That depends on how far they change, on
# how much they *differ* (geometries disagree about large and small synapses, so equal ones tell nothing), and on the statistic.

# %% mystnb={"figure": {"name": "fig-power", "caption": "Above: how often an experiment rules a wrong geometry out, by number of paired synapses, for three pairs; sizes change by 10 % and spread by 0.4. Grey lines are how often the true geometry is rejected. Below: synapses that the likelihood needs for 80 %, by spread and change. Sampling only, no measurement noise."}, "image": {"alt": "Above: rising curves in three panels; the likelihood reaches 80 percent at about thirty synapses, the Shapiro-Wilk statistic and the distance need several times as many. Below: lines of required synapses that fall with the spread of sizes."}}
figures.power.plot_power(records)

# %% tags=["remove-input"]
claims.panel("power")

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/synapse_calculator.html
# ```

# %% [markdown]
# Your own design is one call:
#
# ```python
# import numpy as np
# from learning_geometry.instruments.synapse_power import required_synapses
#
# rng = np.random.default_rng(0)
# required_synapses(1, 2, change=0.1, spread=0.5, noise=0.05, rng=rng)
# ```
#
# ## What measurement noise does
#
# No microscope measures a spine exactly, and its errors are rather a share of the size than a fixed volume. Such noise is
# **multiplicative**, and so is the plasticity of entropy. Measure a synapse twice on one day, and you will find a "change" that is
# perfectly Gaussian in the logarithm.

# %% mystnb={"figure": {"name": "fig-noise", "caption": "Left: the exponent inferred from synapses that change by 10 %, against measurement noise. Ignored (open, dashed), the noise biases Euclid and the 3-norm towards entropy; known (filled, solid), it does not. Middle: the share of experiments that name the truth. Right: that name another geometry."}, "image": {"alt": "Left: dashed lines fall from 3 and 2 towards 1 as noise grows, solid lines stay level. Middle: share of experiments that name the truth, dashed falling to zero, solid high until noise outweighs the change. Right: share that name a wrong one."}}
figures.noise.plot_noise(records)

# %% [markdown]
# An experiment that finds plasticity to be multiplicative may have measured its own noise. The remedy is to measure the noise, by
# imaging some synapses twice without anything in between, and to include it in the likelihood, which then asks what *else* has
# happened.

# %% tags=["remove-input"]
claims.panel("noise")

# %% [markdown]
# ## Your own synapses
#
# A CSV file with two columns of sizes is enough, `before` and `after`, one synapse a line:
#
# ```bash
# learning-geometry run synaptic_weights \
#     -p paired_sizes="$PWD/spines.csv" -p measurement_noise=0.05
# ```
#
# The notebook then draws your table's version of {numref}`fig-example`. In Python it is
# `identify_geometry(before, after, noise=0.05)`; [](../instruments/synapse_geometry.md) explains each number. Values that are
# missing, negative or unpaired are refused, with their line. Here is a table that was simulated: a 3-norm with 5 % noise.

# %% mystnb={"figure": {"name": "fig-example", "caption": "What a table of paired sizes gives: the pairs; the likelihood of each exponent, without and with the correction for noise, and its 95 % interval; and how Gaussian the change is under each candidate. Simulated, true exponent 3."}, "image": {"alt": "Three panels: sizes before against after on logarithmic axes; two likelihood curves, one peaking well below 3, the corrected one at 3; quantile plots."}}
figures.own_synapses.plot_example(records)

# %% [markdown]
# No table of real synapses is part of this project. The public release of spine volumes from layer 2/3 of mouse visual cortex by
# the MICrONS programme {cite:p}`dorkenwald2022binary` can be given as `spine_table`. It shows each spine *once*, so that it cannot
# identify a geometry; it can only say what would follow if all had once been equal. The authors of the paper, whose own data we
# have not seen, remark that theirs rule Euclid out.

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-spines", "caption": "The table that was given: a pair of sizes for each synapse as above, or the distribution of a cross-section."}, "image": {"alt": "What the given table of synapse sizes shows, drawn as in the simulated example."}}
(
    figures.own_synapses.plot_tables(records)
    if "pairs" in records or "spines" in records
    else print("No table was given: see paired_sizes and spine_table.")
)

# %% tags=["remove-input"]
claims.panel("own_synapses")

# %% [markdown]
# ## The paper's networks
#
# The paper fine-tunes networks pretrained on ImageNet. The same protocol, with any image classifier of `transformers` and
# photographs of your own, runs by the parameters `pretrained` and `photographs`;
# `notebooks/scales/paper/synaptic_weights.yaml` suggests a ResNet, a ConvNeXt and a vision transformer.

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-pretrained", "caption": "Distance by candidate in pretrained image networks after fine-tuning; thin lines are seeds."}, "image": {"alt": "A panel for each pretrained network, with lines of distance against candidate exponent for three true geometries."}}
(
    figures.pretrained.plot_pretrained(records)
    if "pretrained" in records
    else print("No pretrained network was asked for: see pretrained.")
)

# %% tags=["remove-input"]
claims.panel("pretrained")

# %% [markdown]
# ## What was easy, what was not
#
# *Easy*: everything linear. The regression has an exact solution, and a thousand weights suffice to see all of the theory.
#
# *Harder*: choosing how to analyse a network. With layers of different scale pooled, the right geometry looks as heavy-tailed as a
# wrong one; here each layer is scaled by its own spread first. Of convolutional networks six kinds were looked at on one or two
# seeds (with and without normalisation, log-normal and default initial weights, well and badly pre-trained). With normalisation,
# log-normal weights and good pre-training the truth was named in every layer, else in most; badly pre-trained with
# normalisation, the 3-norm was lost.
#
# *Not blind*: rules were written after prototypes of the same experiments on the same images with other seeds, and the designs of
# the sections on numbers of synapses and noise after a look at how many synapses a first version needed. Claims that were added or
# changed once their numbers had been seen say so.
#
# *Not done here*: no real synapse was looked at, and no network of the paper's size. A synapse that shrinks to nothing is missing
# from the table; the model conditions on that, but it cannot know of synapses that were overlooked. Noise is taken to be
# proportional to size and equal on both days.
