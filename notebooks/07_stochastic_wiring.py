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
# # What is wiring by chance good for?
#
# *A companion to {cite:t}`lachi2024stochastic`, "Stochastic wiring of cell types enhances fitness by generating phenotypic
# variability".*
#
# A genome is far too small to list the synapses of a brain. What it can fix is a rule: *neurons of this type connect to
# neurons of that type with this probability*. Every brain that grows from it is then a sample, and two animals
# with the same genome differ. Is that noise a cost that development could not avoid, or is it of use?

# %% [markdown]
# ## Parameters
#
# The laptop scale. `notebooks/scales/paper/stochastic_wiring.yaml` takes MNIST and larger populations through the same code.

# %% tags=["parameters", "hide-input"]
images: str = "digits"  # "digits", a Hugging Face data set such as ylecun/mnist, or a folder of parquet files
images_revision: str = ""  # commit of the Hugging Face data set, 40 hexadecimal digits
device: str = "cpu"  # where genomes are trained: "cpu" or "cuda"
seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # innate classifiers
types: list[int] = [6, 10, 20]  # hidden neuron types
main_types: int = 10  # the number of types that is tried at every variability
neurons: list[int] = [4, 16, 64, 256]  # neurons of each hidden type
variabilities: list[int] = [0, 1, 2]  # pixels by which an environment may move an image
main_variability: int = 1  # the variability at which every number of types is tried
epochs: int = 80  # passes over the training images
batch_size: int = 128  # images per step
learning_rate: float = 0.05  # of Adam, falling to zero along a cosine
gain: float = 8.0  # multiplies the mean effect of hidden neurons on the output
first_logit: float = -2.0  # mean logit of the first connection probabilities: few connections
first_logit_sd: float = 2.0  # their standard deviation
brains: int = 16  # sampled brains of a population
rigid_brains: int = 4  # brains sampled from a genome that was trained deterministically
test_images: int = 10000  # test images on which agents are tried, at most
synapses: list[int] = [64, 256, 1024, 4096]  # Bernoulli synapses that make up a weight
weight_means: list[float] = [0.0, 0.5, 1.0]  # means of weights of a Bayesian neural network
weight_sds: list[float] = [0.5, 1.0]  # their standard deviations
moment_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # random genomes whose moments are tried
moment_brains: int = 500  # brains sampled from each
population_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119]  # fmt: skip # histories of the moving optimum
generations: int = 60  # generations of a population
individuals: int = 200  # individuals of a population
pairs: int = 4  # pairs of types, coordinates of a phenotype
population_neurons: list[int] = [2, 4, 8, 32]  # possible partners of each kind that a coordinate averages
rates: list[float] = [0.03, 0.1, 0.3, 1.0]  # probability that a generation brings a new optimum
change_sizes: list[float] = [0.0, 0.1, 0.2, 0.3, 0.4]  # standard deviation of the optimum in each coordinate
tolerance: float = 0.3  # root mean squared distance from the optimum within which an individual survives
mutation: float = 0.05  # standard deviation of a mutation, on logits
replicates: int = 2  # populations of each seed
spreads: list[float] = [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]  # fmt: skip # standard deviations of phenotypes, theory
excursion_rates: list[float] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]  # share of generations away from home, theory
search_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # evolutionary searches
search_pairs: int = 2  # pairs of types whose weights a world asks for
search_agents: int = 256  # brains sampled from each genome
search_worlds: int = 64  # draws of the world by which a generation is judged
search_generations: int = 150  # generations of CMA-ES
search_sd: float = 1.0  # first standard deviation of the search, on logits
odds: float = 0.7  # probability of the more frequent sign in an unpredictable environment
pole_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # genomes that balance a pole
pole_types: int = 4  # hidden types of these
pole_neurons: int = 4  # neurons of each type
pole_variability: float = 1.0  # spread of masses, length and force
pole_generations: int = 40  # generations of the evolution strategy
pole_pairs: int = 24  # antithetic pairs of genomes a generation
pole_step: float = 1.0  # step of the strategy
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["stochastic_wiring"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## What the paper says
#
# **Only the abstract was available to us**: no equations, no tasks, no numbers. The model, the tasks and all settings here are re-derived from it. So a
# verdict says whether a sentence of it holds in *our* model, and no number of the authors stands on this page.
#
# The model generalises Bayesian neural networks: each parameter is a sample from a distribution. A population is on average
# fitter than the agent of average connection probabilities, and more so in large networks and in variable environments. Where the environment changes fast, variability
# keeps some individuals alive. This chapter builds the smallest model in which each statement can come out either way, and adds two of its own: the two benefits react to the *size* of a
# network in opposite ways, and there is a bound on what chance can do at all.

# %% [markdown]
# ## From types to brains
#
# Neurons come in types. For each pair of a type $i$ and a type $j$ downstream of it the genome holds two probabilities: $p^+_{ij}$ that a
# neuron of type $i$ excites a neuron of type $j$, and $p^-_{ij}$ that it inhibits it. A brain is one draw for every pair of *neurons*:
#
# $$
# \begin{gathered}
# W = B^+ - B^-,\qquad B^\pm\sim\operatorname{Bernoulli}(p^\pm_{ij}),\\
# \mathbb E\,W = p^+ - p^-,\qquad \operatorname{Var} W = p^+(1-p^+) + p^-(1-p^-).
# \end{gathered}
# $$ (eq-wiring)
#
# The brain never learns; what it can do is *innate*. We compare it with two agents without chance. The {term}`mean network` has every weight at its
# mean $p^+-p^-$. The **deterministic genome** is another genome, selected for what its mean network does. In a mean network all neurons of a type are copies, so that
# ten types make ten units, however many neurons there are. Sampled neurons of one type differ, and each is a unit of its own.

# %% mystnb={"figure": {"name": "fig-brain", "caption": "Above: a genome selected on moving digits and a brain drawn from it. Below: the pixels that excite (red) or inhibit (blue) one type on average, and six of its neurons. First seed."}, "image": {"alt": "Two matrices in red and blue, a smooth one of 64 by 10 and a grainy one of 64 by 160; below them seven small 8 by 8 images, one smooth and six grainy versions of it."}}
figures.model.plot_brain(records)

# %% [markdown]
# With *one* neuron of each type no two weights share a distribution, as in a Bayesian neural network
# {cite:p}`blundell2015weight`. A weight that sums many synapses tends to the normal law that such networks use, with any mean and standard deviation. With more neurons of a type, weights
# share a *distribution* without sharing a *value*. In this sense the model is the more general one.

# %% mystnb={"figure": {"name": "fig-laws", "caption": "Left: the exact law of a weight that sums Bernoulli synapses, and the normal law of a Bayesian network. Right: their Kolmogorov distance as synapses are added."}, "image": {"alt": "Left panel: bars of a discrete law under a bell curve. Right panel: distances fall along straight lines on logarithmic axes, to below 0.02."}}
figures.model.plot_laws(records)

# %% [markdown]
# The moments {eq}`eq-wiring` also *select* genomes without drawing a brain: what a neuron receives has an exact mean and variance and nearly a normal law. Gradient descent through them
# {cite:p}`kingma2015variational` is our stand-in for evolution. Every accuracy below is measured on brains that were really sampled.

# %% tags=["remove-input"]
claims.panel("model")

# %% [markdown]
# ## An innate classifier
#
# Newborn brains are to read handwritten digits. The environment moves each image by up to $V$ pixels; $V = 0$ is a stable world. Genomes
# are selected with $m$ neurons of each of ten hidden types, once for chance and once for none.

# %% mystnb={"figure": {"name": "fig-accuracy", "caption": "Accuracy of agents that never learn: genomes selected for sampling, with and without chance (colours), and one selected without chance (dashed). Bands run from the least to the greatest seed."}, "image": {"alt": "Three panels of accuracy against neurons a type. The blue curve rises in each and stays above the red and orange ones; it crosses the dashed line at about 64 neurons when images move."}}
figures.classifier.plot_accuracy(records)

# %% [markdown]
# There are two benefits, and they should not be confused. Against *its own mean network* a population wins almost as soon as it
# can do anything: the genome was selected for brains whose neurons differ, and nobody selected their average. Against the *deterministic genome*
# chance first has to pay for its noise. Few neurons do not average it out. With many the noise is gone, the variety remains, and where images move it wins.

# %% mystnb={"figure": {"name": "fig-benefit", "caption": "The benefit of stochasticity in points of accuracy: the population minus the mean network of the same genome (left) or minus a genome selected without chance (right). Means over seeds."}, "image": {"alt": "Two heat maps of three rows and four columns. Left: all values near 0 or positive, the largest about 30. Right: strongly negative in the first column, positive in the last one where images move."}}
figures.classifier.plot_benefit(records)

# %% [markdown]
# With the fewest neurons and moving images all agents of the stochastic genome guess. The abstract's
# "greater benefit in large networks" is therefore judged against the deterministic genome, whose training stops early on some seeds. Two controls say what the benefit is made of. Brains *sampled* from the deterministic genome are bad: chance helps only where selection saw it. And if every agent first moves its image back by the centre
# of mass, the variability can be undone, and the benefit should be about what it is in a stable world.

# %% tags=["remove-input"]
claims.panel("classifier")

# %% [markdown]
# ## How far does it reach?
#
# **More types.** {cite:t}`stockl2021probabilistic` report that connection probabilities suffice only with a *substantial number of types*. Here too. But the more types, the less the deterministic
# genome suffers from having only as many units as types.

# %% mystnb={"figure": {"name": "fig-types", "caption": "Accuracy with 6, 10 and 20 hidden types, where images move by up to one pixel. Colours and bands as before."}, "image": {"alt": "Three panels of accuracy against neurons a type. All curves are higher with more types, the dashed one most of all."}}
figures.types.plot_types(records)

# %% [markdown]
# **A new world.** Now each image moves by one pixel more than any ancestor has seen. Does *somebody* in the population cope? The best brain is chosen on one half of the test
# images and tried on the other; otherwise it would be best partly by luck.

# %% mystnb={"figure": {"name": "fig-novel", "caption": "Accuracy in novel environments, with most neurons of each type. A circle is a seed, a bar their mean with its interval. Dotted: guessing."}, "image": {"alt": "Three panels with rows for the best brain, sampled brains, the mean network and the deterministic genome. Accuracies fall from about 28 percent to near 10 percent from left to right."}}
figures.novel.plot_novel(records)

# %% [markdown]
# **A task where averaging wins.** A pole on a cart, whose masses, length and force change with every episode, needs a controller that is nearly linear. The average of many such controllers is a good one, so the mean network should
# do at least as well as its brains. Nothing is won by sampling here, and little is lost: evolution finds genomes nearly all of whose brains balance the pole.

# %% mystnb={"figure": {"name": "fig-pole", "caption": "How long agents of the same genome keep a pole upright. A circle is a seed, a bar their mean with its interval."}, "image": {"alt": "Two rows: the mean network stands near 100 percent in every seed, the sampled brains at or a little below it."}}
figures.averaging.plot_cart_pole(records)

# %% tags=["remove-input"]
claims.panel("reach")

# %% [markdown]
# ## A moving optimum
#
# The last statement is not about the average, but about *at least some*. A phenotype has four coordinates, each the mean weight between two
# types with $m$ possible partners of each kind. An individual survives a generation if it lies within a tolerance of an optimum, and its offspring mutate a little. At some rate the optimum
# jumps. In one kind of population individuals develop by chance; in the other each *is* the mean of its genome.

# %% mystnb={"figure": {"name": "fig-courses", "caption": "Twenty populations of each kind, where every generation brings a new optimum; a cross: one dies out. Without chance most individuals survive, until one day nobody does; with much chance most die all the time."}, "image": {"alt": "Three panels of surviving share against generation. Left: high lines that all end early in crosses. Right: low lines that run to generation 60."}}
figures.survival.plot_courses(records)

# %% [markdown]
# For normal phenotypes that do not evolve the probability to be alive is exact: an individual survives with the probability $q$ of a noncentral chi-square variable, and a population of $N$ with
# $1-(1-q)^N$ each generation. Where the optimum rests for a while, populations live longer than that, because they follow it.

# %% mystnb={"figure": {"name": "fig-survival", "caption": "Populations that are alive at the end, against the size of change. Dots are simulated populations, lines the exact probability without evolution."}, "image": {"alt": "Four panels, one a rate of change. Every curve falls from 100 percent; the black one, without chance, falls first, the blue one, with two partners, last."}}
figures.survival.plot_survival(records)

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/bet_hedging.html
# ```

# %% [markdown]
# **Two effects of size.** Now the abstract's word "large networks" becomes a puzzle. In the classifier the benefit *grows* with the neurons of a type:
# variety *within* one brain helps, and its noise averages out. In the moving world the benefit *shrinks*: variety *between* brains helps, and that of a mean over $m$ independent synapses falls as $1/\sqrt m$.
# To have both, a network would need chance that many synapses *share*, such as a gene that is on or off in a whole lineage.

# %% mystnb={"figure": {"name": "fig-two-effects", "caption": "The benefit of chance over a deterministic genome, against size: accuracy of classifiers where images move, and life time of populations in the fastest world. Bars are 95 % intervals over seeds."}, "image": {"alt": "Left panel: a curve that rises from strongly negative to positive. Right panel: a curve that falls."}}
figures.size_effects.plot_two_effects(records)

# %% tags=["remove-input"]
claims.panel("survival")

# %% [markdown]
# ## What chance cannot do
#
# One bound holds in every such model. The mean fitness of a stochastic population is an average over its members, and never above its largest
# part: some deterministic phenotype does at least as well *in the arithmetic mean*. What chance can win is the *geometric* mean, by which lineages grow, and in
# which one generation of total loss is the end. Biologists call this {term}`bet-hedging` {cite:p}`seger1987what`.

# %% mystnb={"figure": {"name": "fig-means", "caption": "Left, middle: mean fitness over environments, with dots at the maxima. Right: the spread of greatest growth when the environment is away from home in a share of the generations. No simulation."}, "image": {"alt": "Left panel: curves that fall from spread 0. Middle panel: curves that rise from 0 and fall again. Right panel: the best spread rises with the rate of change from 0."}}
figures.bet_hedging.plot_means(records)

# %% [markdown]
# Changes that stay within the tolerance want no spread at all. The smallest ones do, so that the claim below, declared for *every* size of change, does not hold.
#
# Does evolution find this by itself? CMA-ES {cite:p}`hansen2001completely` searches for the probabilities of a genome and knows only who lived and who died. The world asks for a sign at each of
# two connections. If it always asks for the same, certainty is best. If it asks for one sign seven times in ten, the greatest growth comes from connecting as often: proportional betting {cite:p}`kelly1956new`.
# A search for the greatest *mean* share of survivors should not hedge.

# %% mystnb={"figure": {"name": "fig-search", "caption": "Connection probabilities found by CMA-ES, against the frequency with which the world asks for their sign. A circle is a connection; on the grey line the two are equal."}, "image": {"alt": "Three panels. Left: circles at 0 and 1. Middle: two clouds on the diagonal near 0.3 and 0.7. Right: circles at 0 and 1 although the frequencies are 0.3 and 0.7."}}
figures.bet_hedging.plot_search(records)

# %% tags=["remove-input"]
claims.panel("bet_hedging")

# %% [markdown]
# :::{admonition} What would change our mind
# :class: tip
# * *A population exceeds its average agent*: a mean network that keeps up once its units no longer coincide, for instance because neurons of a type have thresholds of their own.
# * *Large networks, variable environments*: a deterministic genome with as many *units* as the population has, or one whose training never gets stuck.
# * *Survival*: a deterministic population whose mutations are large enough to do what chance does.
# :::
#
# ## Limits and hindsight
#
# *One data set.* All genomes see the same split of the digits. Intervals are over genomes, batches, moves and brains, not over images. On MNIST the population gains more than here, and as much where images stand still ([From digits to MNIST](../from_digits_to_mnist.md)).
#
# *Gradients are no evolution.* No species has that shortcut, but it favours neither side: the deterministic genome had the same. Few neurons at moving images were not given more training or another start.
#
# :::{admonition} What had been seen before the rules were written
# :class: note dropdown
# Prototypes of the classifier, of the moving optimum and of the pole had been run on other seeds, and then a pilot of one setting on seeds 0 to 2. Claims that rest on them wear the badge; their thresholds are 0, or stand where principle puts them.
# Tried on other seeds: one setting of the classifier, one of the moving optimum, one of the pole, and two of the search. The first search had three connections and populations of 64, too few to cover eight worlds; it found certainty, rightly.
# The sparse start was chosen in the prototype, because denser ones stay at chance. The judged seeds were run once, with the settings in the parameters cell.
# :::
#
# ## Try it yourself
#
# Draw brains from a genome of your own (see [the instrument](../instruments/wiring.md)):
#
# ```python
# import numpy as np
# from learning_geometry.instruments.wiring import Genome, mean_network, sample_brains
#
# genome = Genome(excitatory=[[[0.6, 0.1]]], inhibitory=[[[0.1, 0.6]]], neurons=[3, 2])  # one type onto two
# sample_brains(genome, 5, np.random.default_rng(0))[0]  # five brains, 3 x 4 neurons, weights -1, 0, 1
# mean_network(genome)[0]  # every weight .5 or -.5
# ```
#
# Then run `learning-geometry run stochastic_wiring -o mine.ipynb` with one change, and say first what you expect:
#
# 1. **A patient world**, `-p "rates=[0.01, 0.5]"`. Populations without chance should live longer where the optimum hardly ever jumps, and the benefit of chance should shrink.
# 2. **Small populations**, `-p individuals=20`. Expect every kind of population to die out sooner, since fewer stand ready for the next change. Is chance still worth having?
