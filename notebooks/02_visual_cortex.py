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
# # Scale-free or not?
#
# *A companion to {cite:t}`ghosh2025roads`, "Why all roads don't lead to Rome: Representation geometry varies across the human visual cortical hierarchy".*

# %% [markdown]
# ## Parameters
#
# The laptop scale: simulated areas, the two photographs that come with scikit-learn, and small networks. Brain recordings and public
# vision models take `notebooks/scales/paper/visual_cortex.yaml`.

# %% tags=["parameters", "hide-input"]
area_seeds: list[int] = [30, 31, 32, 33, 34, 35, 36, 37, 38]  # areas for comparing estimators
area_stimuli: int = 500  # stimuli that each area is shown
area_voxels: int = 300  # voxels of each, and dimensions of its signal
repeats: int = 3  # times that every stimulus is shown, in all simulated experiments
snr: float = 0.2  # variance of the signal over that of the noise in a single response
correlated: float = 0.5  # share of the noise variance that voxels have in common
noise_components: int = 20  # principal components of the noise that are projected out
tested_seeds: list[int] = [0]  # of the synthetic power laws that the decision is tried on
tested_areas: int = 100  # areas of each of six kinds, three exponents and two kinds of noise
tested_stimuli: int = 200  # stimuli shown to each
tested_voxels: int = 120  # voxels of each
tested_bootstrap: int = 39  # power laws that each is compared with
power_seeds: list[int] = [1]  # of the synthetic areas with which experiments of several sizes are tried
power_stimuli: list[int] = [100, 200, 400]  # designs of an experiment: stimuli
power_voxels: list[int] = [60, 120, 240]  # and voxels
power_areas: int = 16  # synthetic areas of each spectrum in each design
hierarchy_seeds: list[int] = [20, 21, 22, 23, 24, 25, 26, 27]  # draws of patches, voxels and noise
hierarchy_stimuli: int = 500  # patches of photographs
hierarchy_voxels: int = 200  # voxels that read each stage
patch_size: int = 32  # pixels to a side of a patch
wavelengths: list[int] = [4, 8, 16]  # of the Gabor filters, in pixels
orientations: int = 4  # of the Gabor filters
texture_classes: int = 50  # of the last stage
texture_examples: int = 1000  # other patches, in which these classes are found
n_bootstrap: int = 39  # power laws that each stage is compared with
code_seeds: list[int] = [0]  # of the simulated codes that the formulas are checked with
seeds: list[int] = [10, 11, 12, 13, 14]  # of the networks: weights, images, their order and their views
training_images: int = 5000  # digits on photographic texture, 12 x 12 pixels
test_images: int = 1000  # held-out digits on held-out texture, whose features are described
probe_images: int = 2000  # training images that the linear probe is fitted to
width: int = 16  # channels of the first of three convolutions; the others have two and four times as many
features: int = 256  # of the layer whose spectrum is read
embedding: int = 128  # dimensions that the self-supervised losses see
steps: int = 200  # of self-supervised training
fine_tuning_steps: int = 200  # of training on a task
batch_size: int = 96  # images per step
learning_rate: float = 0.001  # of AdamW, after a warm-up and before a cosine
fine_tuning_learning_rate: float = 0.002  # the same, when a task is learned
weight_decay: float = 0.0001  # of AdamW
off_diagonal: float = 0.01  # weight of the off-diagonal terms of Barlow Twins
windows: list[list[int]] = [[1, 30], [1, 60], [1, 100]]  # ranks in which the features' spectrum is described
noise: list[float] = [0.1, 0.2, 0.3]  # standard deviations of noise on images in [0, 1]
attacks: list[float] = [0.02, 0.05, 0.1]  # sizes of the fast-gradient-sign attack on them
device: str = "cpu"  # where networks run: "cpu" or "cuda"
nsd_root: str = ""  # folder of your copy of the Natural Scenes Dataset; "" for none
nsd_seeds: list[int] = [0]  # of the power laws that areas are compared with
nsd_subjects: list[int] = []  # of its subjects, 1 to 8
nsd_areas: list[str] = []  # of its areas, such as V1, V2, V3, hV4, ventral
nsd_sessions: int = 40  # sessions of each subject, from the first; all of those who have fewer
nsd_bootstrap: int = 200  # power laws that each area is compared with
vision_models: dict[str, list[str]] = {}  # models on the Hugging Face hub, or folders, and their revisions
photographs: str = ""  # a folder of photographs of your own, which they are shown
photograph_seeds: list[int] = [0]  # which photographs are drawn
photograph_count: int = 2000  # how many
photograph_size: int = 224  # pixels to a side
pooling: str = "mean"  # over the positions of a vision model: "mean", or its "class" token
vision_batch_size: int = 32  # photographs at once
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["visual_cortex"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## What the paper says
#
# Show a population of neurons many pictures, and ask along how many directions its responses vary. In mouse visual cortex
# the variance of the $n$-th principal component falls roughly as $1/n$ {cite:p}`stringer2019high`. There is no rank at
# which the code ends: it is **{term}`scale-free`**. It is not so flat that a small change of the picture could change
# everything, and not so steep that the first few dimensions say almost all.
#
# Is every area like that? The paper says no. By its abstract, most areas of the human ventral stream are scale-free, but *certain higher
# areas are not*. Artificial networks are scale-free after training without labels, and not after
# fine-tuning on one task. Geometry would then depend on what a system computes.
#
# We ask three questions. **How can one tell**, with the few, noisy repeats of a brain scanner? **Which stages of a visual hierarchy are
# scale-free**, when we know the truth? **Do networks lose it when they learn a task**, and is a scale-free code more robust?
#
# We could read only the abstract and the beginning of the introduction, so **every choice below is our own operationalisation**, and no
# number of the paper's stands beside ours. We may not redistribute the brain data; a parameter runs the chapter on your own copy.
#
# ## Why one would want a power law
#
# A code has to be efficient, that is, to tell many stimuli apart; and robust, that is, to change little when the
# stimulus changes little. Let its variances fall as $\lambda_n \propto n^{-\alpha}$ at a fixed mean, and let the stimulus have $d$ dimensions.
# Its information about the stimulus, and its sensitivity, the mean squared slope of its response, are
#
# $$
# I(\alpha) = \tfrac12 \sum_n \log\bigl(1 + \mathrm{SNR}\;\lambda_n\bigr),\qquad
# J(\alpha) = \frac{\sum_n \lambda_n\, n^{2/d}}{\sum_n \lambda_n} .
# $$ (eq-sensitivity)
#
# $I$ is largest if the spectrum is flat. $J$ has a limit for ever more neurons only if $\alpha > 1 + 2/d$
# {cite:p}`stringer2019high`, which is near 1 for stimuli of many dimensions, such as pictures.

# %% mystnb={"figure": {"name": "fig-visual-theory", "caption": "Efficiency wants a flat spectrum and robustness a steep one; their costs cross between an exponent of one and the bound of smoothness, and the crossing nears one as stimuli have more dimensions. Below the bound sensitivity grows with the number of neurons; simulated codes agree with the formula."}, "image": {"alt": "Four panels with a rising blue and a falling red curve of cost against exponent, one for each dimension of the stimulus, a circle where they cross and a dotted line at one plus two over the dimension; a panel of sensitivity against neurons, and one of simulated against computed sensitivity along a diagonal."}}
figures.theory.plot_theory(records)

# %% [markdown]
# This argues for an exponent *among power laws*. Given both costs, the best spectrum of all is not a power law. Why a code should be
# scale-free at all needs another reason, such as being useful at every scale.

# %% tags=["remove-input"]
claims.panel("theory")

# %% [markdown]
# ## What an experiment can see
#
# Responses to a repeated picture are signal plus noise, and noise has principal components too.
# [Cross-validated PCA](../instruments/cross_validation.md) removes it in expectation: find
# axes $u_k$ in the mean $\bar X$ of some repeats, and score the one held out along them,
#
# $$
# \hat\lambda_k = \frac{1}{n-1}\; u_k^{\top} X_{\text{held out}}\, \bar X^{\top} u_k .
# $$ (eq-cvpca)
#
# The sum over ranks is unbiased. Single ranks need not be, since the axes themselves are found in noise. To see how much that matters, we
# put areas with a known spectrum into a simulated scanner: three repeats, a {term}`signal-to-noise ratio` of 0.2, half of the noise
# variance common to voxels.

# %% mystnb={"figure": {"name": "fig-visual-estimators", "caption": "Correlated noise makes a true power law look broken. Removing noise components mends it where the noise has axes of its own, and breaks it where it has those of the signal. Means over synthetic areas, bands from the least to the most; a triangle at the lower edge is a bin that is not positive."}, "image": {"alt": "Three panels of variance against rank on logarithmic axes, one for each kind of noise, each with a dashed straight line for the truth and three estimates: plain PCA is too flat, cross-validated PCA jumps up and down under correlated noise, and without noise components it follows the truth unless noise and signal share their axes."}}
figures.estimators.plot_estimators(records)

# %% [markdown]
# So noise alone can make a true power law look broken. (Before a line is fitted on logarithmic axes, every bin is raised to at
# least 5 % of its noise-free value, since some come out negative.) The usual remedy, removing the principal components of the noise, works
# if the noise has directions of its own. If it runs along the signal, the remedy removes signal too. Nobody knows beforehand
# which is the case.
#
# If only the exponent is wanted, and the spectrum *is* a power law, there is a better way. The moments $\operatorname{tr}\Sigma^k$ of the
# signal's covariance have unbiased estimates that noise does not enter {cite:p}`kong2017spectrum`, and a power law is fitted to those.

# %% mystnb={"figure": {"name": "fig-visual-exponents", "caption": "How far the exponent of a power law is off, by estimator and kind of noise, and how cvPCA's exponent rises to that of the noise-free responses as noise components are removed. Hollow markers are synthetic areas, bars means with 95 % intervals."}, "image": {"alt": "Three panels of errors of the exponent around a line at zero, with rows for plain PCA, cross-validated PCA with and without noise components, and unbiased moments, which alone stay at zero throughout; a fourth panel shows a curve that climbs to a dashed level as noise components are removed."}}
figures.estimators.plot_exponents(records)

# %% [markdown]
# Many judge a spectrum by the straightness of its line. **R squared is a poor criterion**: the PCA spectrum of an exponential is almost
# straight, and a spectrum that is cut off is, after cross-validation, as straight as a power law.

# %% tags=["remove-input"]
claims.panel("estimators")

# %% [markdown]
# ### The decision
#
# What tells them apart is **curvature**: does the spectrum bend down on logarithmic axes? Even a power law does not come out straight. So we
# ask whether the measured spectrum bends more than *power laws measured in the same way*: with the area's own exponent (by moments), number
# of stimuli and voxels, signal, noise covariance and axes.
#
# * **Scale-free**: the curvature is above &minus;0.1 with 95 % confidence, and nothing else is badly off.
# * **Not scale-free**: if not, and at most 5 % of power laws bend as much.
# * **Undecided**: else.
#
# A decision has to keep its level wherever it may be used. We try it on power laws of three exponents under noise of both kinds, and
# judge it by the worst of the six, which rejects a share of {{ type-i-error|interval }}: {{ type-i-error|verdict }}.

# %% mystnb={"figure": {"name": "fig-visual-type-i-error", "caption": "Power laws give p-values along the diagonal or below it if the decision does not reject them too often; to the right, how many of them are rejected at 5 % (dotted), with Clopper-Pearson intervals. Colours are the same in both panels; dashes and diamonds stand for noise along the axes of the signal."}, "image": {"alt": "Left, six staircases of cumulative p-values around a diagonal; right, six rows with the share of rejected power laws and an interval each, beside a dotted line at five percent."}}
figures.decision.plot_type_i_error(records)

# %% mystnb={"figure": {"name": "fig-visual-power", "caption": "What an experiment needs to tell a bent spectrum from a power law: stimuli and, more still, voxels. Bars are Clopper-Pearson intervals, dotted lines 5 and 80 %; the first panel holds the type I error."}, "image": {"alt": "Four panels, one for each spectrum, of the percentage told from a power law against the number of stimuli, with a line for each number of voxels; lines of more voxels climb higher, and those of the true power law stay low."}}
figures.decision.plot_power(records)

# %% [markdown]
# Small areas are hard to judge: 20 components of noise out of 60 voxels leave little, and then almost anything passes for a power law. A
# small area that is *not* found to be bent need not be scale-free. That is why there is a third verdict, and why brain data are judged beside a
# control: V1, seen through as few voxels and as much noise.

# %% tags=["remove-input"]
claims.panel("decision")

# %% [markdown]
# ## A visual hierarchy
#
# Next a model in which every stage is known. Patches of photographs go through linear Gabor filters, rectified (*simple cells*); the energy
# of such pairs (*energy*); pooling over space and divisive normalisation (*pooled energy*); correlations between energies (*texture*); and
# a soft assignment to classes of texture (*categories*), a stage with a specific purpose.

# %% mystnb={"figure": {"name": "fig-visual-hierarchy", "caption": "Spectra of six stages of a model of vision without any noise, and the power law that fits each window best (dashed). Early stages follow it; pooled energy bends upwards, texture and categories downwards."}, "image": {"alt": "Six panels of share of variance against rank on logarithmic axes, from pixels to categories, each with a dashed line; the curves of the first stages lie along it, that of categories arches above it and then falls below."}}
figures.hierarchy.plot_hierarchy_spectra(records)

# %% mystnb={"figure": {"name": "fig-visual-verdicts", "caption": "The same stages seen through the simulated scanner, over what a power law like them would show there; the grey band holds power laws within two standard deviations. Thin lines are seeds; the verdicts of the decision are counted below."}, "image": {"alt": "Six panels of a ratio against rank around a level of one with a grey band; early stages stay near the level, texture and categories rise above it and then fall below it, and the count of verdicts is written in each panel."}}
figures.hierarchy.plot_hierarchy_verdicts(records)

# %% [markdown]
# *Pooled energy* shows a limit of the decision. It bends *up*: a few large dimensions and a long, shallow tail. More dimensions than voxels
# bend a spectrum up as well, so this does not count as evidence. "Scale-free" means here: no downward bend detected.

# %% tags=["remove-input"]
claims.panel("hierarchy")

# %% [markdown]
# ## Networks before and after a task
#
# A small convolutional encoder sees digits pasted on photographic texture. First it learns without labels, by Barlow Twins
# {cite:p}`zbontar2021barlow` or by VICReg {cite:p}`bardes2022vicreg`. Then all its weights are trained on, to name the digit. We read the
# layer before the last, on held-out images. There is no measurement noise, so a spectrum's curvature is judged as it is, with the same margin of 0.1.

# %% mystnb={"figure": {"name": "fig-visual-network-spectra", "caption": "Spectra of the features of small networks, and the same over the power law that fits each best: self-supervised ones stay near the level, those that learned digits arch over it and fall away."}, "image": {"alt": "Two panels on logarithmic axes with six lines: left, shares of variance that fall with rank; right, their ratio to a power law, where the self-supervised networks stay close to one and the fine-tuned, supervised and random ones rise and then drop."}}
figures.networks.plot_network_spectra(records)

# %% mystnb={"figure": {"name": "fig-visual-network-curvature", "caption": "Self-supervised networks lie in the grey range that counts as scale-free, and leave it when they learn digits or places, but not when they learn which photograph a patch is from, or shuffled labels. Hollow markers are seeds, bars means with 95 % intervals."}, "image": {"alt": "Eleven rows of dots, one row for each network, with curvature on the horizontal axis and a grey range around zero; Barlow Twins, VICReg, continued training and two of the tasks lie in it or at its edge, fine-tuning on digits and place lies far to the left."}}
figures.networks.plot_network_curvature(records)

# %% [markdown]
# Is it the task? More training without labels has no such effect, nor has training on shuffled digits. But not every task has it: saying
# *where* the digit is bends the spectrum most ({{ fine-tuned-place }}), saying *which of two photographs* is behind it hardly at all
# ({{ fine-tuned-photograph }}). And untrained networks bend down
# too, by an amount that depends on the seed. So a bent spectrum alone is no sign of fine-tuning; the change from before to after is.

# %% tags=["remove-input"]
claims.panel("networks")

# %% [markdown]
# ### Efficient or robust?
#
# Whether scale-free *networks* are the more robust ones is our own question. Every network gets the same linear probe for digits, and the
# probe's images are then disturbed.

# %% mystnb={"figure": {"name": "fig-visual-robustness", "caption": "Scale-free is not robust: probes of the networks in the grey range lose most of their accuracy under noise and attack. Those of networks that were taught digits keep more, and have more to begin with."}, "image": {"alt": "Three scatter plots of a probe's accuracy, on clean, noisy and attacked images, against curvature, with a marker for each of eleven networks; the accurate ones lie to the left of the grey range."}}
figures.robustness.plot_robustness(records)

# %% [markdown]
# The networks that learned the task withstand noise and attacks better. The fine-tuned code also spreads over *more* dimensions: the
# self-supervised network has {{ efficient-rank }} times as many. This does not
# contradict {eq}`eq-sensitivity`, which is about small steps of any kind, whereas a task singles out a few directions worth protecting.

# %% tags=["remove-input"]
claims.panel("robustness")

# %% [markdown]
# ## The brain itself, and public models
#
# The paper's recordings, the Natural Scenes Dataset {cite:p}`allen2022massive`, are free, but their terms forbid redistribution. So this book
# holds none of them, and **this part has not been run**; its code was tried on made-up files of the same layout. Nor have
# public vision models been run. Both need only paths.
#
# :::{admonition} How to run it on your own copy
# :class: dropdown
# Fill in the access form at [naturalscenesdataset.org](https://naturalscenesdataset.org), then fetch, into one folder,
#
# ```text
# nsddata/experiments/nsd/nsd_expdesign.mat
# nsddata/ppdata/subj01/func1pt8mm/roi/
# nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf/
# ```
#
# These are the design, which says who saw what when; the areas; and the responses, of which the files `betas_session*.hdf5` are wanted: 0.9
# to 1.2 GB a session by the size of the grid, 42 GB for the 40 sessions of subject 1, 290 GB for all eight. NIfTI works too, at some ten
# seconds a session.
#
# ```bash
# learning-geometry run visual_cortex \
#     -p nsd_root="$PWD/nsd" -p nsd_subjects='[1]' \
#     -p nsd_areas='[V1, V2, V3, hV4, ventral]'
# ```
#
# A file that is lacking is named before anything is measured, with the command that fetches it. Only the voxels of an area are read. Memory
# is a few times 12 bytes for each voxel and image, for every area that is measured at a time: gigabytes for `nsdgeneral`, less than
# one for V1. Responses are standardised within each session.
#
# The same curvature can be measured in public models before and after fine-tuning, on photographs of your own: give `vision_models` and
# `photographs`; names stand in `notebooks/scales/paper/visual_cortex.yaml`.
# :::

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-visual-brain", "caption": "Areas of each subject's brain over power laws that are measured in the same way, and their curvature with its verdict, beside V1 made as hard to measure (grey). The grey range counts as scale-free."}, "image": {"alt": "A row for each area: left, lines of a ratio against rank around a level of one with a grey band; right, a marker with an interval for each subject's curvature, its shape the verdict, with a grey marker for matched V1 beneath it."}}
own = bool(nsd_root)
figures.brain.plot_brain(records) if own else print("This figure needs a copy of the data: give nsd_root.")

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-visual-brain-pairs", "caption": "What the brains of two subjects share along axes that align them, on held-out images, beside the same with one subject's images in random order. Triangles are values that are not positive."}, "image": {"alt": "A panel for each area of shared covariance against rank on logarithmic axes, a falling line for each pair of subjects and grey squares of shuffled images far below."}}
pairs = len(nsd_subjects) > 1
figures.brain.plot_brain_pairs(records) if own and pairs else print(
    "This one needs two subjects or more: give nsd_subjects."
)

# %% tags=["remove-input"]
claims.panel("brain")

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-visual-pretrained", "caption": "Curvature through the blocks of public vision models on the reader's own photographs; a model and its twin with a task share a colour, and the grey range counts as scale-free."}, "image": {"alt": "Lines of curvature against depth, one for each vision model with its name at the end, solid for self-supervised models and dashed for their twins, over a grey range around zero."}}
asked = bool(vision_models)
figures.pretrained.plot_pretrained(records) if asked else print(
    "This figure needs vision models: give vision_models and photographs."
)

# %% tags=["remove-input"]
claims.panel("pretrained")

# %% [markdown]
# ## What would change our mind
#
# Networks of another size or task that stay scale-free after fine-tuning. And recordings of the brain whose higher areas are judged as V1
# is when it is as hard to measure.
#
# ## Limits and hindsight
#
# * *Scale.* This chapter says nothing about the human brain until someone runs it on the recordings. Its networks see twelve pixels by
#   twelve and do not stand for the paper's.
# * *The decision* asks for bends downwards only, and wants three repeats and some signal: with far less signal than here it rejected too many power laws.
#   It looks at a quarter of an area's ranks. A spectrum that is cut off later passes for a power law.
# * *Choices.* The noise of our scanner is not fitted to any recording. Margins, windows, the number of noise components and the layer that is
#   read are ours.
# * *Not blind.* About thirty variants of filters and texture stages, and nineteen configurations of networks, were tried on other seeds before
#   these were fixed.
#
# ## Try it yourself
#
# 1. *Lose a repeat's worth of signal.* Lower `snr` from 0.2 to 0.05. In {numref}`fig-visual-estimators` the bands should widen, and in
#    {numref}`fig-visual-verdicts` stages should move from *not scale-free* to *undecided*.
# 2. *Fine-tune for longer.* Raise `fine_tuning_steps` from 200 to 600 and look at {numref}`fig-visual-network-curvature`: the rows of digits and
#    place should stay far to the left of the grey range.
