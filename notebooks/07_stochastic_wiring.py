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
seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # genomes of the cells that claims use
side_seeds: list[int] = [100, 101, 102]  # genomes of the other cells
types: list[int] = [6, 10, 20]  # hidden neuron types
main_types: int = 10  # the number of types that is tried at every variability with all seeds
neurons: list[int] = [4, 16, 64, 256]  # neurons of each hidden type
variabilities: list[int] = [0, 1, 2]  # pixels by which an environment may move an image
main_variability: int = 1  # the variability at which every number of types is tried with all seeds
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
population_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119]  # histories
generations: int = 60  # generations of a population
individuals: int = 200  # individuals of a population
pairs: int = 4  # pairs of types, coordinates of a phenotype
population_neurons: list[int] = [2, 4, 8, 32]  # possible partners of each kind that a coordinate averages
rates: list[float] = [0.03, 0.1, 0.3, 1.0]  # probability that a generation brings a new optimum
change_sizes: list[float] = [0.0, 0.1, 0.2, 0.3, 0.4]  # standard deviation of the optimum in each coordinate
tolerance: float = 0.3  # root mean squared distance from the optimum within which an individual survives
mutation: float = 0.05  # standard deviation of a mutation, on logits
replicates: int = 2  # populations of each seed
spreads: list[float] = [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5]  # standard deviations of phenotypes, theory
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

# %% tags=["remove-input"]
claims.panel("model")

# %% tags=["remove-input"]
claims.panel("classifier")

# %% tags=["remove-input"]
claims.panel("types")

# %% tags=["remove-input"]
claims.panel("novel")

# %% tags=["remove-input"]
claims.panel("averaging")

# %% tags=["remove-input"]
claims.panel("survival")

# %% tags=["remove-input"]
claims.panel("size_effects")

# %% tags=["remove-input"]
claims.panel("bet_hedging")
