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
# These values are the laptop scale: simulated areas, the two photographs that come with scikit-learn, and small networks trained here.
# The brain recordings and public vision models take the same notebook and `notebooks/scales/paper/visual_cortex.yaml`.

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
fine_tuning_learning_rate: float = 0.002  # the same, when a task is learnt
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
# ## The question
#
# Show a population of neurons many pictures, and ask along how many directions its responses vary. In mouse visual cortex
# the variance of the $n$-th principal component falls roughly as $1/n$ {cite:p}`stringer2019high`. There is no rank at
# which the code ends. It is **{term}`scale-free`**: not so flat that a small change of the picture could change
# everything, and not so steep that the first few dimensions say almost all.
#
# Is every area like that? The paper says no. By its abstract, most areas of the human ventral stream are scale-free, but *certain higher
# areas are not*. Artificial networks behave alike: they are scale-free after training without labels, and not after
# fine-tuning on one task. Geometry would then not be universal, but depend on what a system computes.
#
# Three questions for this chapter:
#
# 1. **How can one tell?** Brain scanners show few, noisy repeats. What must an experiment look like to decide the matter?
# 2. **Which stages of a visual hierarchy are scale-free**, when we know the truth about each?
# 3. **Do networks lose it when they learn a task?** And is a scale-free code more robust, as is often said?
#
# Of the paper itself we could read only the abstract and the beginning of the introduction. We do not know which areas failed, by which
# criterion, nor which networks were used. **Every choice below is our own operationalisation**, and no number of the paper's
# stands beside ours. We may not redistribute the brain data; a parameter runs the chapter on your own copy.
#
# Two kinds of result would change our mind: networks of another size or task that stay scale-free after fine-tuning, and
# recordings of the brain whose higher areas are judged as V1 is when it is as hard to measure.

# %% [markdown]
# ## Why one would want a power law
#
# A code has to be efficient, that is, to tell many stimuli apart; and robust, that is, to change little when the
# stimulus changes little. Take a code whose variances fall as $n^{-\alpha}$ and whose mean variance is fixed. With noise of
# equal size in every neuron, its information about the stimulus is
#
# $$
# I(\alpha) = \tfrac12 \sum_n \log\bigl(1 + \mathrm{SNR}\;\lambda_n\bigr),
# $$ (eq-information)
#
# which is largest if the spectrum is flat. Its sensitivity is the mean squared slope of its response. If the stimulus has $d$
# dimensions, fast waves come at high ranks, the squared frequency grows as $n^{2/d}$, and so
#
# $$
# J(\alpha) = \frac{\sum_n \lambda_n\, n^{2/d}}{\sum_n \lambda_n} .
# $$ (eq-sensitivity)
#
# With more and more neurons $J$ has a limit only for $\alpha > 1 + 2/d$ {cite:p}`stringer2019high`, which is near 1 for stimuli of many
# dimensions, such as pictures. Below this exponent a code becomes ever more sensitive as it grows; above 1 it gains ever
# less information.

# %% mystnb={"figure": {"name": "fig-visual-theory", "caption": "Efficiency wants a flat spectrum and robustness a steep one; their costs cross between an exponent of one and the bound of smoothness, and the crossing nears one as stimuli have more dimensions. Below the bound sensitivity grows with the number of neurons; simulated codes agree with the formula."}, "image": {"alt": "Four panels with a rising blue and a falling red curve of cost against exponent, one for each dimension of the stimulus, a circle where they cross and a dotted line at one plus two over the dimension; a panel of sensitivity against neurons, and one of simulated against computed sensitivity along a diagonal."}}
figures.theory.plot_theory(records)

# %% [markdown]
# This argues for an exponent *among power laws*. Given both costs, the best spectrum of all is not a power law: spreading variance over
# waves until each earns its cost does better, by much if dimensions are few. Why a code should be scale-free at all needs
# another reason, such as being useful at every scale.

# %% tags=["remove-input"]
claims.panel("theory")

# %% [markdown]
# ## What an experiment can see
#
# Responses to a repeated picture are signal plus noise, and noise has principal components too. {term}`Cross-validated PCA` removes it in expectation: find
# axes in some repeats and score the one held out along them,
#
# $$
# \hat\lambda_k = \frac{1}{n-1}\; u_k^{\top} X_{\text{held out}}\, \bar X^{\top} u_k ,
# $$ (eq-cvpca)
#
# where $\bar X$ is the mean of the other repeats and the $u_k$ are the eigenvectors of $\bar X \bar X^{\top}$
# ([](../instruments/cross_validation.md)). The sum over ranks is unbiased, but single ranks need not be: the axes themselves are found in noise. To see
# how much that matters we made areas whose spectrum we know, and put them into a simulated scanner: three repeats, a
# {term}`signal-to-noise ratio` of 0.2, half of the noise variance common to voxels.

# %% mystnb={"figure": {"name": "fig-visual-estimators", "caption": "Correlated noise makes a true power law look broken. Removing noise components mends it where the noise has axes of its own, and breaks it where it has those of the signal. Means over synthetic areas, bands from the least to the most; a triangle stands for a bin that is not positive."}, "image": {"alt": "Three panels of variance against rank on logarithmic axes, one for each kind of noise, each with a dashed straight line for the truth and three estimates: plain PCA is too flat, cross-validated PCA jumps up and down under correlated noise, and without noise components it follows the truth unless noise and signal share their axes."}}
figures.estimators.plot_estimators(records)

# %% [markdown]
# So noise alone can make a true power law look broken, differently in every area. The first bins suffer most; some even
# come out negative. Before we fit a line on logarithmic axes, we raise every bin to at least 5 % of its noise-free value. (Leaving negative
# bins out, as we did at first, made one badly distorted spectrum of five look like a good power law.) The usual remedy, removing the principal components of the noise, works
# if the noise has directions of its own. If it runs along the directions of the signal, the remedy removes signal too. Nobody knows beforehand which is the
# case, so that the decision below has to cope with both.
#
# If only the exponent is wanted, and the spectrum *is* a power law, there is a better way. The moments $\operatorname{tr}\Sigma^k$ of the signal's
# covariance have unbiased estimates that noise does not enter at all {cite:p}`kong2017spectrum`, and a power law is fitted to those.

# %% mystnb={"figure": {"name": "fig-visual-exponents", "caption": "How far the exponent of a power law is off, by estimator and kind of noise, and how cvPCA's exponent rises to that of the noise-free responses as noise components are removed. Hollow markers are synthetic areas, bars means with 95 % intervals."}, "image": {"alt": "Three panels of errors of the exponent around a line at zero, with rows for plain PCA, cross-validated PCA with and without noise components, and unbiased moments, which alone stay at zero throughout; a fourth panel shows a curve that climbs to a dashed level as noise components are removed."}}
figures.estimators.plot_exponents(records)

# %% [markdown]
# ### Why not R squared?
#
# Many judge a spectrum by the straightness of its line, and it is a poor criterion. The PCA spectrum of an *exponential* is almost straight, and
# a spectrum that is cut off around rank 100 is, after proper cross-validation, as straight as a power law.

# %% mystnb={"figure": {"name": "fig-visual-r2", "caption": "A straight line fits some spectra that are no power laws (on grey), such as the cut-off, as well as it fits power laws: R squared does not tell them apart. Hollow markers are synthetic areas, bars their means."}, "image": {"alt": "Rows of dots, one row for each synthetic spectrum, with R squared on the horizontal axis; those of a spectrum with a cut-off lie among those of the power laws, and only the exponential lies clearly apart."}}
figures.estimators.plot_r2(records)

# %% tags=["remove-input"]
claims.panel("estimators")

# %% [markdown]
# ### The decision
#
# What tells them apart is **curvature**: does the spectrum bend down on logarithmic axes? Even a power law does not come out straight. We therefore ask whether the
# measured spectrum bends more than *power laws measured in the same way*. For each area we simulate such power laws, with its own exponent (by moments), its own
# number of stimuli and voxels, its own signal, its own noise covariance and its own axes, and send them through the same procedure.
#
# * **Scale-free**: the curvature is above &minus;0.1, with 95 % confidence, and nothing else is badly off. (A curvature of &minus;0.1 lets the exponent
#   grow by 0.46 in each decade of ranks.)
# * **Not scale-free**: if not, and at most 5 % of power laws bend as much.
# * **Undecided**: else.
#
# A decision has to keep its level wherever it may be used. So we try it on power laws of three exponents under noise of both kinds, and judge it by the worst
# of the six. {numref}`fig-visual-power` is for those who plan an experiment.

# %% mystnb={"figure": {"name": "fig-visual-type-i-error", "caption": "Power laws give p-values along the diagonal or below it if the decision does not reject them too often; to the right, how many of them are rejected at 5 % (dotted), with Clopper-Pearson intervals. Colours are the same in both panels; dashes and diamonds stand for noise along the axes of the signal."}, "image": {"alt": "Left, six staircases of cumulative p-values around a diagonal; right, six rows with the share of rejected power laws and an interval each, beside a dotted line at five percent."}}
figures.decision.plot_type_i_error(records)

# %% mystnb={"figure": {"name": "fig-visual-power", "caption": "What an experiment needs to tell a bent spectrum from a power law: stimuli and, more still, voxels. Bars are Clopper-Pearson intervals, dotted lines 5 and 80 %; the first panel holds the type I error."}, "image": {"alt": "Four panels, one for each spectrum, of the percentage told from a power law against the number of stimuli, with a line for each number of voxels; lines of more voxels climb higher, and those of the true power law stay low."}}
figures.decision.plot_power(records)

# %% [markdown]
# Small areas are hard to judge: 20 components of noise out of 60 voxels leave little, and then almost anything passes for a power law. A small area
# that is *not* found to be bent need not be scale-free. That is why there is a third verdict, and why brain data are judged beside a control: V1, seen
# through as few voxels and as much noise.

# %% tags=["remove-input"]
claims.panel("decision")

# %% [markdown]
# ## A visual hierarchy
#
# Next a system in which every stage is known: a model, not a brain. Patches of two photographs go through linear Gabor filters of four
# orientations and three scales, rectified (*simple cells*); the energy of such pairs (*energy*); pooling over space and divisive normalisation (*pooled energy*);
# correlations between energies (*texture*); and finally a soft assignment to 50 classes of texture (*categories*), a stage with a specific purpose.
# About thirty variants of filters and texture stages were tried on other seeds before these were fixed.

# %% mystnb={"figure": {"name": "fig-visual-hierarchy", "caption": "Spectra of six stages of a model of vision without any noise, and the power law that fits each window best (dashed). Early stages follow it; pooled energy bends upwards, texture and categories downwards."}, "image": {"alt": "Six panels of share of variance against rank on logarithmic axes, from pixels to categories, each with a dashed line; the curves of the first stages lie along it, that of categories arches above it and then falls below."}}
figures.hierarchy.plot_hierarchy_spectra(records)

# %% mystnb={"figure": {"name": "fig-visual-verdicts", "caption": "The same stages seen through the simulated scanner, over what a power law like them would show there; the grey band holds power laws within two standard deviations. Thin lines are seeds; the verdicts of the decision are counted below."}, "image": {"alt": "Six panels of a ratio against rank around a level of one with a grey band; early stages stay near the level, texture and categories rise above it and then fall below it, and the count of verdicts is written in each panel."}}
figures.hierarchy.plot_hierarchy_verdicts(records)

# %% [markdown]
# The *pooled energy* stage shows a limit of the decision. It bends *up*: a few large dimensions and a long, shallow tail. A bend upwards does not count as evidence, because more
# dimensions than voxels make one as well, and so this stage passes unless the misfit is large. "Scale-free" means here: no downward bend detected.

# %% tags=["remove-input"]
claims.panel("hierarchy")

# %% [markdown]
# ## Networks before and after a task
#
# Now the paper's second half. A small convolutional encoder sees digits pasted on photographic texture. First it learns without labels, by Barlow Twins
# {cite:p}`zbontar2021barlow` or by VICReg {cite:p}`bardes2022vicreg`. Then all its weights are trained on, to name the digit. We read the layer before the
# last, on held-out digits over held-out texture, where there is no measurement noise; so a spectrum's curvature is judged as it is, with the same margin of 0.1.
# Nineteen configurations were tried on other seeds before these were fixed.

# %% mystnb={"figure": {"name": "fig-visual-network-spectra", "caption": "Spectra of the features of small networks, and the same over the power law that fits each best: self-supervised ones stay near the level, those that learnt digits arch over it and fall away."}, "image": {"alt": "Two panels on logarithmic axes with six lines: left, shares of variance that fall with rank; right, their ratio to a power law, where the self-supervised networks stay close to one and the fine-tuned, supervised and random ones rise and then drop."}}
figures.networks.plot_network_spectra(records)

# %% mystnb={"figure": {"name": "fig-visual-network-curvature", "caption": "Self-supervised networks lie in the grey range that counts as scale-free, and leave it when they learn digits or places, but not when they learn which photograph a patch is from, or shuffled labels. Hollow markers are seeds, bars means with 95 % intervals."}, "image": {"alt": "Eleven rows of dots, one row for each network, with curvature on the horizontal axis and a grey range around zero; Barlow Twins, VICReg, continued training and two of the tasks lie in it or at its edge, fine-tuning on digits and place lies far to the left."}}
figures.networks.plot_network_curvature(records)

# %% [markdown]
# Is it the task? More training without labels has no such effect, nor has training on shuffled digits. But not every task has it: saying *where* the
# digit is bends the spectrum most, saying *which of two photographs* is behind it hardly at all. A network that learnt digits from scratch is bent too, and untrained ones
# bend down by an amount that depends on the seed. So a bent spectrum alone is no sign of fine-tuning; the change from before to after is.

# %% mystnb={"figure": {"name": "fig-visual-paths", "caption": "Curvature while networks are trained: it falls within the first steps of fine-tuning on digits or place, and stays where it counts as scale-free (grey) if self-supervision goes on. Thin lines are seeds, the dotted line is where fine-tuning begins."}, "image": {"alt": "Two panels of curvature against training steps; lines rise into a grey range around zero during self-supervision, and branch at a dotted line, some staying within the range and others falling far below it."}}
figures.networks.plot_paths(records)

# %% tags=["remove-input"]
claims.panel("networks")

# %% [markdown]
# ### Efficient or robust?
#
# The abstract speaks of a trade-off between efficiency and robustness. Whether scale-free *networks* are the more robust ones is our
# own question. To compare codes and not heads, every network gets the same linear probe for digits, and the probe's images are then disturbed.

# %% mystnb={"figure": {"name": "fig-visual-robustness", "caption": "Scale-free is not robust: probes of the networks in the grey range lose most of their accuracy under noise and attack. Those of networks that were taught digits keep more, and have more to begin with, since digits are what the probe is asked."}, "image": {"alt": "Six scatter plots of a probe's accuracy, on clean, noisy and attacked images, against curvature and against exponent, with a marker for each of eleven networks; the accurate ones lie to the left of the grey range."}}
figures.robustness.plot_robustness(records)

# %% [markdown]
# The networks that learnt the task withstand noise and attacks better, and the fine-tuned code also spreads over *more* dimensions. This does not contradict
# {eq}`eq-sensitivity`, which is about small steps of any kind, whereas a task singles out a few directions worth protecting. But "scale-free,
# therefore robust" is not true of networks of this size and kind.

# %% tags=["remove-input"]
claims.panel("robustness")

# %% [markdown]
# ## The brain itself
#
# The paper's recordings, the Natural Scenes Dataset {cite:p}`allen2022massive`, are free, but we may not redistribute them: whoever uses them accepts terms, for research
# and education, with no redistribution of the data or any part of it and no attempt to identify a participant. So this book
# holds none of them, neither responses nor maps of areas, and **this part has not been run**; its code was tried on made-up
# files of the same layout. Fill in the access form at [naturalscenesdataset.org](https://naturalscenesdataset.org), then fetch, into one folder,
#
# ```text
# nsddata/experiments/nsd/nsd_expdesign.mat
# nsddata/ppdata/subj01/func1pt8mm/roi/
# nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf/
# ```
#
# These are the design, which says who saw what when; the areas; and the responses, of which the files `betas_session*.hdf5` are wanted: 0.9 to 1.2 GB a session by
# the size of the grid, 42 GB for the 40 sessions of subject 1, 290 GB for all eight.
#
# ```bash
# learning-geometry run visual_cortex \
#     -p nsd_root="$PWD/nsd" -p nsd_subjects='[1]' \
#     -p nsd_areas='[V1, V2, V3, hV4, ventral]'
# ```
#
# A file that is lacking is named before anything is measured, with the command that fetches it. Only the voxels of an area are read. Memory
# is a few times 12 bytes for each voxel and image, for every area that is measured at a time: gigabytes for `nsdgeneral`, less than
# one for V1. NIfTI works too, at some ten seconds a session. Responses are standardised within each session; every area is judged beside V1, seen
# through as many voxels and as much noise.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-visual-brain", "caption": "Areas of each subject's brain over power laws that are measured in the same way, and their curvature with its verdict, beside V1 made as hard to measure (grey). The grey range counts as scale-free."}, "image": {"alt": "A row for each area: left, lines of a ratio against rank around a level of one with a grey band; right, a marker with an interval for each subject's curvature, its shape the verdict, with a grey marker for matched V1 beneath it."}}
own = bool(nsd_root)
figures.brain.plot_brain(records) if own else print("No copy of the data was given: see nsd_root.")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-visual-brain-pairs", "caption": "What the brains of two subjects share along axes that align them, on held-out images, beside the same with one subject's images in random order. Triangles are values that are not positive."}, "image": {"alt": "A panel for each area of shared covariance against rank on logarithmic axes, a falling line for each pair of subjects and grey squares of shuffled images far below."}}
pairs = len(nsd_subjects) > 1
figures.brain.plot_brain_pairs(records) if own and pairs else print("No two subjects were given: see nsd_subjects.")

# %% tags=["remove-input"]
claims.panel("brain")

# %% [markdown]
# ### Public vision models
#
# The same curvature can be measured in public models before and after fine-tuning, on photographs of your own (`vision_models`, `photographs`; names stand in
# `notebooks/scales/paper/visual_cortex.yaml`). They have not been run either.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-visual-pretrained", "caption": "Curvature through the blocks of public vision models on the reader's own photographs; a model and its twin with a task share a colour, and the grey range counts as scale-free."}, "image": {"alt": "Lines of curvature against depth, one for each vision model with its name at the end, solid for self-supervised models and dashed for their twins, over a grey range around zero."}}
asked = bool(vision_models)
figures.pretrained.plot_pretrained(records) if asked else print("No vision model was asked for: see vision_models.")

# %% tags=["remove-input"]
claims.panel("pretrained")

# %% [markdown]
# ## What we conclude
#
# {numref}`fig-visual-power` may be the most useful result of this chapter: some hundreds of stimuli and voxels suffice to decide whether an area is scale-free,
# if noise is dealt with, and fewer do not. With that decision, stages of a hierarchy that were built to be different are told apart. Networks are scale-free
# after learning without labels and not after most tasks, and the scale-free ones are not the more robust.
#
# This chapter says nothing about the human brain until someone runs it on the recordings. Its networks see twelve pixels by twelve and do not stand for the
# paper's. Some limits to keep in mind:
#
# * The decision asks for bends downwards only, wants three repeats, and some signal: at a signal-to-noise ratio of 0.03 or less it rejected too many power laws when we tried it.
# * It looks at a quarter of the ranks that an area has. A spectrum that is cut off later passes for a power law.
# * The noise in our scanner has a spectrum of our choosing, which is not fitted to any recording.
# * Margins, windows and the number of noise components are ours. So is the layer that is read.
