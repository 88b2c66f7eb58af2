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
# :::{admonition} The model on this page is ours
# :class: warning
# Of the paper **only the abstract** was available to us: no equations, no tasks, no numbers. The model, the tasks and all
# settings here are re-derived from that abstract. A verdict says whether a sentence of it holds in *our* model. It says nothing of the authors' experiments,
# and no number of theirs stands on this page.
# :::
#
# A genome is far too small to list the synapses of a brain. What it can fix is a rule: *neurons of this type connect to
# neurons of that type with this probability*. Every brain that grows from it is then a sample, and two animals
# with the same genome differ. Is that noise a cost that development could not avoid, or is it of use? The abstract argues for use, with five statements:
#
# 1. The model generalises Bayesian neural networks: each parameter is a sample from a distribution.
# 2. Stochasticity confers a greater benefit in large networks,
# 3. and in variable environments.
# 4. A population of agents is on average fitter than the agent defined by the average connection probability.
# 5. Variability raises the probability that some individuals survive when the environment changes fast and unpredictably.
#
# This chapter builds the smallest model in which all five can come out either way, and tests them with controls. It ends with two things that
# the abstract does not say: the two benefits react to the *size* of a network in opposite ways, and there is a bound on what chance can do at all.

# %% [markdown]
# ## Parameters
#
# These values are the laptop scale. `notebooks/scales/paper/stochastic_wiring.yaml` takes MNIST, more types and neurons, and
# populations of a thousand generations through the same code.

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
# ## From types to brains
#
# Neurons come in types. For each pair of a type $i$ and a type $j$ downstream of it the genome holds two numbers: the probability $p^+_{ij}$ that a
# neuron of type $i$ is an excitatory partner of a neuron of type $j$, and the probability $p^-_{ij}$ that it is an inhibitory one. A brain is one draw:
# for every pair of *neurons*
#
# $$
# \begin{gathered}
# W = B^+ - B^-,\qquad B^\pm\sim\operatorname{Bernoulli}(p^\pm_{ij}),\\
# \mathbb E\,W = p^+ - p^-,\qquad \operatorname{Var} W = p^+(1-p^+) + p^-(1-p^-).
# \end{gathered}
# $$ (eq-wiring)
#
# The brain never learns; what it can do is *innate*. Two agents without chance will keep it company. The {term}`mean network` has every weight at its
# mean $p^+-p^-$: "the agent defined by the average connection probability". The **deterministic genome** is another genome, selected for what its mean network does.
#
# One remark explains much of what follows. All neurons of a type have the same weights in the mean network. So they are copies, and a network of
# ten types is a network of ten units, however many neurons there are. Sampled neurons of one type differ, and each is a unit of its own.

# %% mystnb={"figure": {"name": "fig-brain", "caption": "Above: a genome that was selected on moving digits, as the mean of every connection from 64 pixels to 10 hidden types, and one brain drawn from it, with 16 neurons of each type. Below: the pixels that excite (red) or inhibit (blue) one type on average, and six neurons of that type. First seed."}, "image": {"alt": "Two matrices in red and blue, a smooth one of 64 by 10 and a grainy one of 64 by 160; below them seven small 8 by 8 images, one smooth and six grainy versions of it."}}
figures.model.plot_brain(records)

# %% [markdown]
# With *one* neuron of each type, every weight has a distribution of its own and no two share one: that is how a Bayesian neural network is defined
# {cite:p}`blundell2015weight`. Let a weight be the sum of many synapses, each with a small efficacy, and its law tends to the normal law that
# such networks use, with any mean and any standard deviation. More neurons of a type then say something that a Bayesian network does not: that weights share a *distribution* without
# sharing a *value*. In this sense the model is the more general one, which is the abstract's first statement. Nothing here is estimated; the laws are computed exactly.

# %% mystnb={"figure": {"name": "fig-laws", "caption": "Left: the exact law of a weight that is a sum of 16 excitatory and 16 inhibitory Bernoulli synapses (mean 0.5, standard deviation 1), and the normal law of a Bayesian neural network. Right: the largest difference of their distribution functions as synapses are added."}, "image": {"alt": "Left panel: bars of a discrete law under a bell curve. Right panel: distances fall along straight lines on logarithmic axes, to below 0.02."}}
figures.model.plot_laws(records)

# %% [markdown]
# The moments {eq}`eq-wiring` also give a way to *select* genomes without drawing a single brain. What a hidden neuron receives has, over brains, an
# exact mean and variance and nearly a normal law; so do the outputs. Gradient descent on the probabilities through these moments
# {cite:p}`kingma2015variational` costs the same for four neurons of a type as for a thousand. It is our stand-in for evolution. Every accuracy
# below is measured on brains that were really sampled.

# %% tags=["remove-input"]
claims.panel("model")

# %% [markdown]
# ## An innate classifier
#
# Newborn brains are to read handwritten digits. The environment moves each image by up to $V$ pixels in each direction; $V = 0$ is a stable world. Genomes
# are selected in such an environment with $m$ neurons of each of ten hidden types, once for chance and once for none.

# %% mystnb={"figure": {"name": "fig-accuracy", "caption": "Accuracy of agents that never learn, against neurons of each of 10 hidden types. Blue: brains sampled from genomes that were selected for sampling. Red and orange: the same genomes without chance. Dashed: a genome that was selected without chance, which no number of neurons helps; dotted: brains sampled from it. Bands run from the least to the greatest seed."}, "image": {"alt": "Three panels of accuracy against neurons a type. The blue curve rises in each and stays above the red and orange ones; it crosses the dashed line at about 64 neurons when images move."}}
figures.classifier.plot_accuracy(records)

# %% [markdown]
# Two benefits can be read off {numref}`fig-accuracy`, and they should not be confused. Against *its own mean network* a population wins almost as soon as it
# can do anything at all: the genome was selected for brains whose neurons differ, and its average is an agent that nobody selected. Against the *deterministic genome*
# chance first has to pay for its noise. Few neurons do not average it out, and the population is far worse. With many the noise is gone, the variety remains, and where images move it wins.

# %% mystnb={"figure": {"name": "fig-benefit", "caption": "The benefit of stochasticity in points of accuracy, over neurons a type and variability of the environment. Left: the population minus the mean network of the same genome. Right: minus a genome that was selected without chance. Means over seeds."}, "image": {"alt": "Two heat maps of three rows and four columns. Left: all values near 0 or positive, the largest about 30. Right: strongly negative in the first column, positive in the last one where images move."}}
figures.classifier.plot_benefit(records)

# %% [markdown]
# At $m=4$ and moving images nothing works: all agents of the stochastic genome guess, and the benefit over the mean network is 0 because there is nothing to lose. The abstract's
# "greater benefit in large networks" is therefore judged against the deterministic genome. Even so, part of its rise is plain averaging of noise. That it ends *above* 0 is a claim of its own (*it pays to be stochastic*).
#
# The deterministic genome has a weakness that is no matter of wiring: its training stops early on some seeds (the lower edge of the dashed band, even with images
# at rest), while noise carries the stochastic one over such places. That makes the deterministic reference uneven, and the difference between a variable and a stable world is judged over it.
#
# Two controls say what the benefit is made of. Brains *sampled* from the deterministic genome are bad: chance helps only where selection saw it. And
# if every agent first moves its image back by the centre of mass, the variability of the environment can be read from the input and undone. Then the benefit should be
# about what it is in a stable world.

# %% tags=["remove-input"]
claims.panel("classifier")

# %% [markdown]
# ## How many types?
#
# {cite:t}`stockl2021probabilistic` asked before what connection probabilities between types suffice for, and report that a *substantial number of types* is needed. It is so here.
# But the more types, the less the deterministic genome suffers from having only as many units as types.

# %% mystnb={"figure": {"name": "fig-types", "caption": "Accuracy with 6, 10 and 20 hidden types, where images move by up to one pixel. Colours as before. Bands run from the least to the greatest seed."}, "image": {"alt": "Three panels of accuracy against neurons a type. All curves are higher with more types, the dashed one most of all."}}
figures.types.plot_types(records)

# %% tags=["remove-input"]
claims.panel("types")

# %% [markdown]
# ## A world that nobody was selected in
#
# Now each image moves by one pixel more than any ancestor has seen. The population varies; does *somebody* in it cope? Take care with "the best of sixteen":
# the best on a test set is best partly by luck on those images. Here the best brain is chosen on one half of the test images and tried on the other.

# %% mystnb={"figure": {"name": "fig-novel", "caption": "Accuracy in novel environments, with most neurons of each type. A circle is a seed, a bar their mean with its interval. Dotted: guessing."}, "image": {"alt": "Three panels with rows for the best brain, sampled brains, the mean network and the deterministic genome. Accuracies fall from about 28 percent to near 10 percent from left to right."}}
figures.novel.plot_novel(records)

# %% tags=["remove-input"]
claims.panel("novel")

# %% [markdown]
# ## Where averaging does not hurt
#
# The abstract's fourth statement is about tasks, not about brains as such. A pole on a cart is balanced by a controller that is nearly linear. The average of
# many such controllers is a good controller, so a mean network should do at least as well as the brains that it is the mean of, although evolution selected *brains*. Masses,
# length and force change with every episode, and make no difference to the argument.

# %% mystnb={"figure": {"name": "fig-pole", "caption": "How long agents of the same genome keep a pole upright, in worlds of changing physics. A circle is a seed, a bar their mean with its interval."}, "image": {"alt": "Two rows: the mean network stands near 100 percent in every seed, the sampled brains at or a little below it."}}
figures.averaging.plot_cart_pole(records)

# %% [markdown]
# Here nothing is won by sampling. Little is lost either: evolution has found genomes nearly all of whose brains balance the pole to the end. So this control is weaker than it was meant to be. It was
# declared after a prototype in which evolution was less successful and the loss large.

# %% tags=["remove-input"]
claims.panel("averaging")

# %% [markdown]
# ## A moving optimum
#
# The fifth statement is of another kind: not about the average, but about *at least some*. We leave digits. A phenotype has four coordinates, each the mean weight between two
# types of neurons that have $m$ possible partners of each kind. An individual survives a generation if it lies within a tolerance of an optimum. Survivors leave
# offspring with small mutations. At some rate, the optimum jumps. In one kind of population individuals develop by chance; in the other each *is* the mean of its genome. If nobody
# survives, that is the end.

# %% mystnb={"figure": {"name": "fig-courses", "caption": "Twenty populations of each kind in the same twenty histories, in which every generation brings a new optimum. A line ends with a cross where its population dies out. Without chance (left) most individuals survive, until one day nobody does; with much chance (right) most individuals die all the time, and the population lives on."}, "image": {"alt": "Three panels of surviving share against generation. Left: high lines that all end early in crosses. Right: low lines that run to generation 60."}}
figures.survival.plot_courses(records)

# %% [markdown]
# For phenotypes that are normal and do not evolve the probability to be alive is known exactly: an individual survives with the probability of a noncentral chi-square variable, $q$, and a population of $N$ with
# $1-(1-q)^N$ each generation. {numref}`fig-survival` holds the simulated populations against it. Where the optimum jumps each time, inheritance is of no use and theory is all there is. Where it rests for a while, populations
# live longer than the line says, because they follow it.

# %% mystnb={"figure": {"name": "fig-survival", "caption": "Populations that are alive after 60 generations, against the size of change. Dots are simulated populations, lines the exact probability without evolution."}, "image": {"alt": "Four panels, one a rate of change. Every curve falls from 100 percent; the black one, without chance, falls first, the blue one, with two partners, last."}}
figures.survival.plot_survival(records)

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/bet_hedging.html
# ```

# %% tags=["remove-input"]
claims.panel("survival")

# %% [markdown]
# ## Two effects of size
#
# Put the two benefits side by side and the abstract's word "large networks" becomes a puzzle. In the classifier the benefit *grows* with the number of neurons of a type:
# variety between the neurons of one brain is what helps, and more neurons bring more of it while the noise of the whole averages out. In the moving world the benefit *shrinks*: variety between *brains* is
# what helps, and a phenotype that averages $m$ independent synapses has a standard deviation that falls as $1/\sqrt m$.

# %% mystnb={"figure": {"name": "fig-two-effects", "caption": "The benefit of chance over a deterministic genome, against size. Left: accuracy of innate classifiers, mean over the environments that move. Right: life time of populations in a world that changes each generation, mean over sizes of change. Bars are 95 % intervals over seeds."}, "image": {"alt": "Left panel: a curve that rises from strongly negative to positive. Right panel: a curve that falls."}}
figures.size_effects.plot_two_effects(records)

# %% tags=["remove-input"]
claims.panel("size_effects")

# %% [markdown]
# **An open question.** Can one network have both at once, variety *within* a brain and variety *between* brains, at a size where independent synapses have averaged out?
# It would take chance that is *shared* by many synapses: a type whose abundance varies, a gradient that shifts, a gene that is on or off in a whole lineage of neurons. Whether the authors' model has something of the kind
# the abstract does not say, and ours does not.

# %% [markdown]
# ## What chance cannot do
#
# One bound holds in every model of this kind. The mean fitness of a stochastic population over environments is an average of the mean fitness of its members, and an average is never above its largest
# part. So there is always one deterministic phenotype that does at least as well *in the arithmetic mean*. What chance can win is the *geometric* mean, by which lineages grow over time, and in
# which one generation of total loss is the end. Biologists call this {term}`bet-hedging` {cite:p}`seger1987what`. How much spread is best depends on the changes: more of it where they are larger and more frequent,
# and none at all where they stay within the tolerance. (The smallest changes in {numref}`fig-means` do, but for chances below one in two thousand, at which the law of the optimum is cut off. So the claim that the best
# spread grows with the rate, declared for *every* size of change, does not hold.)

# %% mystnb={"figure": {"name": "fig-means", "caption": "Left: the arithmetic mean fitness over environments is greatest without any spread. Middle: the geometric mean is greatest at a spread in between, the larger the greater the changes; without spread it is 0. Dots mark the maxima. Right: the spread of greatest growth when the environment is away from home only in a share of the generations. No simulation."}, "image": {"alt": "Left panel: curves that fall from spread 0. Middle panel: curves that rise from 0 and fall again. Right panel: the best spread rises with the rate of change from 0."}}
figures.bet_hedging.plot_means(records)

# %% [markdown]
# Does evolution find this by itself? The last experiment lets CMA-ES {cite:p}`hansen2001completely` search for the probabilities of a genome of which nothing is known but who lived and who died. The world asks for a sign at each of
# two connections. If it always asks for the same, certainty is best. If it asks for the more frequent sign only seven times in ten, the greatest growth comes from connecting with probability .7: the
# share of each bet equals the frequency of the outcome, as in proportional betting {cite:p}`kelly1956new`. A search that is paid by the *mean* share of survivors instead should not hedge at all.

# %% mystnb={"figure": {"name": "fig-search", "caption": "Connection probabilities found by CMA-ES, against the frequency with which the world asks for their sign. A circle is a connection; ten searches in each panel. On the grey line the probabilities are the frequencies."}, "image": {"alt": "Three panels. Left: circles at 0 and 1. Middle: two clouds on the diagonal near 0.3 and 0.7. Right: circles at 0 and 1 although the frequencies are 0.3 and 0.7."}}
figures.bet_hedging.plot_search(records)

# %% tags=["remove-input"]
claims.panel("bet_hedging")

# %% [markdown]
# :::{admonition} What would change our mind
# :class: tip
# * *A population exceeds its average agent*: a mean network that keeps up with its population once its units no longer coincide, for instance because neurons of a type have thresholds of their own.
# * *Large networks, variable environments*: a deterministic genome with as many *units* as the population has, at the same length of the genome (ours has as many as types), or one whose training never gets stuck.
# * *Survival*: a deterministic population whose mutations are large enough to do what chance does. It would hedge too, but pay with its inheritance.
# :::
#
# ## Limits and hindsight
#
# *The paper's model is not known to us.* Every verdict above is about our reading of an abstract.
#
# *Not blind.* Prototypes of the classifier, of the moving optimum and of the pole had been run on other seeds before the rules were written, and a pilot of one setting on seeds 0 to 2 after that. Claims that rest on what had been seen there wear the badge; their thresholds are 0, or stand where principle puts them.
# Tried on other seeds: one setting of the classifier (that of the prototype, in seven cells), one of the moving optimum, one of the pole, and two of the search. The first search had three connections and populations of 64. It found certainty, rightly: so few individuals cannot cover eight worlds. The judged seeds were run once, with the settings in
# the parameters cell.
#
# *One data set.* All genomes see the same split of 1,797 digits. Intervals are over genomes, batches, moves and brains, not over images.
#
# *Gradients are no evolution.* The classifier's probabilities were found by gradient descent on exact moments. That is a shortcut which no species has, and it favours neither side: the deterministic genome had the same.
#
# *Few neurons at moving images* were not given more training or another start; the sparse start was chosen in the prototype because denser ones stay at chance.
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
# Or run the chapter with other parameters: neurons that never average out, or a world that hardly ever changes.
#
# ```bash
# learning-geometry run stochastic_wiring -p "neurons=[4, 64, 1024]" -p "rates=[0.01, 0.5]" -o mine.ipynb
# ```
