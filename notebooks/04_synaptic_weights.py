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
# The laptop scale: simulated synapses, and networks that learn scikit-learn's digits. MNIST and pretrained image networks take
# `notebooks/scales/paper/synaptic_weights.yaml`.

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
# ## What the paper says
#
# A synapse may change by an amount that does not depend on its size, in proportion to its size, or less the larger it is. Each of
# these is a **geometry** on the space of weights. Most models of learning use gradient descent and so assume the first.
#
# The geometry leaves a trace, whatever the learning rule. One transformation of the weights, which the geometry fixes, makes the
# change that learning caused Gaussian. So measure synapses before and after, transform them, and see whether the change is Gaussian.
#
# We do so where the truth is known: in simulations, in linear regression, and in networks trained on images. Then we ask what
# the paper leaves open: **how many synapses must I follow, and how well must I measure them?** We could read its abstract, its
# opening and its code. It prints no numbers to compare ours with, so we compare patterns.
#
# ## Moving in the dual space
#
# {term}`Mirror descent` generalises gradient descent. Choose a convex function of a weight, the *potential* $\phi$. Its
# derivative takes each weight to its image in the {term}`dual space`. There the gradient is subtracted, and the result is
# taken back:
#
# $$
# \phi'(w_{t+1}) = \phi'(w_t) - \eta\, g_t .
# $$ (eq-mirror)
#
# With $\phi = \tfrac12 w^2$ this is gradient descent: **Euclid**. With $\phi = |w|\log|w|$ weights change by *factors* and never
# change sign: **entropy**. With $\phi = \tfrac13|w|^3$ small weights move most: the **3-norm**. All three have
# $\phi''(w) \propto |w|^{p-2}$, and their exponent $p$, which is 2, 1 and 3, names them.

# %% mystnb={"figure": {"name": "fig-dynamics", "caption": "Two weights learn one equation. Left: three geometries lead from one start to three solutions; crosses are the limits by the exact solver. Right: in its own dual space each path is straight, along the input."}, "image": {"alt": "Left: three paths from one point to a line; entropy moves mostly the larger weight, the 3-norm mostly the smaller. Right: three parallel straight lines."}}
figures.dual_space.plot_dynamics(records)

# %% [markdown]
# In the dual space every step of {numref}`fig-dynamics` goes along the input. After $N$ examples the total change of a weight is
# a sum of $N$ terms,
#
# $$
# \phi'(w^{\text{after}}_i) - \phi'(w^{\text{before}}_i) = \sum_{n=1}^{N} X_{ni}\,\lambda_n ,
# $$ (eq-sum)
#
# and sums of many terms are Gaussian. Under a wrong potential the transformed change is not. The paper's code standardises the
# dual change and integrates $|F - \Phi|$, the distance between its cumulative distribution and the Gaussian's. Truly
# Gaussian numbers do not give zero either; what they give is drawn in the figures as the *floor*.
#
# :::{admonition} The floor of the distance
# :class: dropdown
# $n$ independent Gaussian numbers give on average (our derivation)
#
# $$
# \frac{1}{\sqrt n}\sqrt{\frac{2}{\pi}}\int\sqrt{\Phi(1-\Phi) - \tfrac12 x^2\varphi^2}\;dx = \frac{1.185}{\sqrt n},
# $$ (eq-floor)
#
# and exceed $2.09/\sqrt n$, the critical value, in one case out of twenty. The weights of a network share their inputs and are not quite
# independent.
# :::
#
# ## Known geometry, by construction
#
# The authors' own simulation comes first: a thousand weights, changed by Gaussian amounts in the dual space of one potential and
# analysed under five. (Our log-normal initial weights are a third of the size, against the same noise.) The least distance names the truth
# in every case. Cases that share a seed count as one, and thirty seeds without an error leave an interval of
# {{ simulation-diagonal|interval }}: the claim is {{ simulation-diagonal|verdict }}.

# %% tags=["remove-input"]
claims.panel("simulation")

# %% [markdown]
# ## Linear regression
#
# Now the change itself is learned. A linear model with $D$ weights learns $N < D$ random labels from correlated
# inputs. Of the solutions that fit all labels, mirror descent reaches the one nearest to its start, in the geometry's own sense
# of near. That is a convex problem in $N$ unknowns, which [Newton's method](../instruments/mirror_descent.md) solves exactly.

# %% mystnb={"figure": {"name": "fig-regression", "caption": "Left: in the right geometry the distance falls with D as that of Gaussian numbers does; with inputs of heavy tails (grey) it is far above. Right: by candidate, at the largest D. Each colour is one true geometry, and its minimum is ringed. Bands hold nine seeds in ten."}, "image": {"alt": "Left panel: distance against D on logarithmic axes, falling along the dotted floor line; grey points stay high. Right panel: V-shaped lines with minima at the true exponents; for the 3-norm and many samples the minimum lies at 2.5."}}
figures.regression.plot_regression(records)

# %% [markdown]
# In the right geometry the change is Gaussian; in a wrong one it is not. The inputs of the authors' task are nearly Gaussian
# themselves, so binary inputs put the sum to the test. Their change is close to Gaussian too. Inputs with heavy tails give no
# Gaussian in any geometry.
#
# The theory is one of *many weights and few samples*: learning must not move many weights across zero. With $N = D^{3/4}$ many do
# under the 3-norm, and then the neighbour $p = 2.5$ looks more Gaussian than the truth.

# %% tags=["remove-input"]
claims.panel("regression")

# %% [markdown]
# ## Networks on real images
#
# Networks are not linear, their losses not squared, their inputs not Gaussian. Three of them learn scikit-learn's digits by
# gradient descent from log-normal weights: a **recurrent** one that reads each image row by row, a **perceptron**, and a
# **convolutional** network. Each is then fine-tuned with each potential until all of its new images are classified correctly. There are as
# many of these as the square root of the number of weights, as in the paper.

# %% mystnb={"figure": {"name": "fig-networks", "caption": "Distance by candidate in four networks; thin lines are seeds. Where pre-training went well, every line has its minimum at its true geometry. The control had learned little before, must change its weights a lot, and no longer shows the 3-norm."}, "image": {"alt": "Four panels of V-shaped lines. In three of them minima lie at exponents 1, 2 and 3, above the floor; in the fourth the 3-norm's line is low everywhere."}}
figures.networks.plot_networks(records)

# %% [markdown]
# What matters seems to be not the architecture but how far the weights still have to go. The control, the same convolutional network after
# one slow pass, supports this.
#
# Two limits matter. The change is *more* Gaussian in the right geometry, but an absolute test rejects that it is Gaussian: its
# tails are too heavy. And the comparison needs **pairs**: if it is not known which weight became which, the share of cases
# that it names is {{ shuffled|interval }}, where chance gives a third.

# %% tags=["remove-input"]
claims.panel("networks")

# %% [markdown]
# ## A better statistic
#
# A distance can only compare candidates, and it ignores how the transformation crowds weights together. If the dual change
# is Gaussian, the *later weights* have a density, which includes the slope of the transformation:
#
# $$
# \begin{gathered}
# \log p(w^{\text{after}} \mid w^{\text{before}}) = \sum_i \Bigl[\log \mathcal N\bigl(\Delta_i;\, \mu, s^2\bigr) + \log \phi''(w^{\text{after}}_i)\Bigr],\\
# \Delta_i = \phi'(w^{\text{after}}_i) - \phi'(w^{\text{before}}_i).
# \end{gathered}
# $$ (eq-likelihood)
#
# With equal weights at the start this is the transformation of Box and Cox {cite:p}`box1964analysis`, their $\lambda$ our
# $p - 1$. The exponent becomes a number to be *estimated*, with an interval. (Synapses that would have crossed zero are
# lost, and {eq}`eq-likelihood` is conditioned on survival.) From here on, little is in the paper as far as we could read it.

# %% mystnb={"figure": {"name": "fig-exponents", "caption": "The exponent of greatest likelihood in each layer and seed. Vertical lines are the truth. The estimates stay close to it in the control as well, where the distance fails."}, "image": {"alt": "Dots for four networks and three true geometries, close to the lines at 1, 2 and 3; in the control some of the 3-norm lie below."}}
figures.likelihood.plot_exponents(records)

# %% tags=["remove-input"]
claims.panel("likelihood")

# %% [markdown]
# ## The distribution that learning leaves
#
# If the dual change is Gaussian, the geometry predicts the *final* distribution of weights from the initial one, given only
# a mean and a variance. We let a regression change its weights a lot, and compare.

# %% mystnb={"figure": {"name": "fig-shapes", "caption": "Sizes of weights before learning (grey) and after, from log-normal weights and from equal ones. Dashed lines are the right geometry's predictions. Entropy keeps a nearly log-normal shape; Euclid and the 3-norm leave many weights near zero."}, "image": {"alt": "Two panels of densities of the logarithm of weight sizes. The entropy curve is nearly symmetric; those of Euclid and the 3-norm lean to the right with long left tails."}}
figures.shapes.plot_shapes(records)

# %% [markdown]
# Synapses are often found to be log-normal, in size {cite:p}`loewenstein2011multiplicative` and in strength
# {cite:p}`song2005highly`. The paper concludes that Euclidean plasticity did not change them. The comparison supports this, although
# not even entropy leaves weights that are exactly log-normal.

# %% tags=["remove-input"]
claims.panel("shapes")

# %% [markdown]
# ## How many synapses?
#
# Suppose you can image the same spines before and after learning. How many you need depends on how far they change, on
# how much they *differ* (geometries disagree about large and small synapses), and on the statistic.

# %% mystnb={"figure": {"name": "fig-power", "caption": "Above: how often an experiment rules a wrong geometry out; grey lines are how often the true one is rejected. Below: synapses that the likelihood needs for 80 %, by spread and change. No measurement noise."}, "image": {"alt": "Above: rising curves in three panels; the likelihood reaches 80 percent with the fewest synapses, the Shapiro-Wilk statistic and the distance need several times as many. Below: lines of required synapses that fall with the spread of sizes."}}
figures.power.plot_power(records)

# %% tags=["remove-input"]
claims.panel("power")

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/synapse_calculator.html
# ```

# %% [markdown]
# ## What measurement noise does
#
# The error of a microscope is rather a share of a spine's size than a fixed volume. Such noise is **multiplicative**, and so is
# the plasticity of entropy. Measure a synapse twice on one day, and you find a "change" that is Gaussian in the
# logarithm.

# %% mystnb={"figure": {"name": "fig-noise", "caption": "Left: the exponent inferred from synapses that change by 10 %, against measurement noise. Ignored (open, dashed), the noise biases Euclid and the 3-norm towards entropy; known (filled, solid), it does not. Middle and right: experiments that name the truth, and another geometry."}, "image": {"alt": "Left: dashed lines fall from 3 and 2 towards 1 as noise grows, solid lines stay level. Middle: share of experiments that name the truth, dashed falling to zero, solid high until noise outweighs the change. Right: share that name a wrong one."}}
figures.noise.plot_noise(records)

# %% [markdown]
# With noise that is ignored hardly any experiment names the truth, and few name another geometry: most name none. But the exponent falls
# towards that of entropy. An experiment that finds plasticity to be multiplicative may have measured its own noise. The remedy is to image some
# synapses twice without anything in between, and to include the noise in the likelihood. With 5 % of it, the share of experiments
# that name the geometry is {{ noise-named|interval }}. If it is ignored, Euclid or the 3-norm is found in a share of
# {{ noise-hides|interval }}.

# %% tags=["remove-input"]
claims.panel("noise")

# %% [markdown]
# ## Your own synapses and networks
#
# A CSV file with two columns of sizes is enough, one synapse a line. Missing, negative or unpaired values are
# refused, with their line.
#
# ```bash
# learning-geometry run synaptic_weights \
#     -p paired_sizes="$PWD/spines.csv" -p measurement_noise=0.05
# ```

# %% mystnb={"figure": {"name": "fig-example", "caption": "What a table of paired sizes gives: the pairs; the likelihood of each exponent, without and with the correction for noise, and its 95 % interval; and how Gaussian the change is under each candidate. Simulated, true exponent 3, 5 % noise."}, "image": {"alt": "Three panels: sizes before against after on logarithmic axes; two likelihood curves, one peaking well below 3, the corrected one at 3; quantile plots."}}
figures.own_synapses.plot_example(records)

# %% [markdown]
# :::{admonition} In Python; a cross-section; pretrained networks
# :class: dropdown
# `identify_geometry(before, after, noise=0.05)` analyses a table, and `required_synapses(1, 2, change=0.1, spread=0.5, noise=0.05,
# rng=rng)` plans an experiment; see [](../instruments/synapse_geometry.md).
#
# The public spine volumes of the MICrONS programme {cite:p}`dorkenwald2022binary` can be given as `spine_table`. It shows each spine
# *once*, so it can only say what would follow if all had once been equal.
#
# The paper fine-tunes networks pretrained on ImageNet. The parameters `pretrained` and `photographs` run its protocol with any image
# classifier of `transformers`; `notebooks/scales/paper/synaptic_weights.yaml` suggests three.
# :::

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-spines", "caption": "The table that was given: a pair of sizes for each synapse as above, or the distribution of a cross-section."}, "image": {"alt": "What the given table of synapse sizes shows, drawn as in the simulated example."}}
(
    figures.own_synapses.plot_tables(records)
    if "pairs" in records or "spines" in records
    else print("This figure needs a table of yours: give paired_sizes or spine_table.")
)

# %% tags=["remove-input"]
claims.panel("own_synapses")

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-pretrained", "caption": "Distance by candidate in pretrained image networks after fine-tuning; thin lines are seeds."}, "image": {"alt": "A panel for each pretrained network, with lines of distance against candidate exponent for three true geometries."}}
(
    figures.pretrained.plot_pretrained(records)
    if "pretrained" in records
    else print("This figure needs pretrained networks: give pretrained and photographs.")
)

# %% tags=["remove-input"]
claims.panel("pretrained")

# %% [markdown]
# ## What would change our mind
#
# A network or a task in which a wrong geometry looks more Gaussian than the right one although the weights changed little. Or
# real synapses, measured twice, with their measurement noise known: we looked at none.
#
# ## Limits and hindsight
#
# *How to analyse a network* is a choice. With layers of different scale pooled, the right geometry looks as heavy-tailed as a wrong
# one, so each layer is scaled by its own spread. Six kinds of convolutional network were looked at on one or two seeds. With normalisation, log-normal
# weights and good pre-training the truth was named in every layer; with poor pre-training the 3-norm was lost.
#
# *Not blind.* Rules were written after prototypes on the same images with other seeds, and the designs on numbers of synapses and noise
# after a first version. Claims that were added or changed once their numbers had been seen say so.
#
# *Not done here.* No real synapse, and no network of the paper's size. Synapses that were overlooked are unknown to the model, and noise is
# taken to be proportional to size and equal on both days.
#
# ## Try it yourself
#
# 1. *Learn less.* Lower `label_scale` from 3 to 1. Weights then change less, and the final distributions of {numref}`fig-shapes`
#    should move towards the initial one and towards each other.
# 2. *Follow synapses that hardly change.* Set `noise_change` to 0.05. Noise of the same size then does more harm: in {numref}`fig-noise`
#    the curves of those who know it should fall earlier too. The claims on noise speak of changes of 10 % and go untested.
