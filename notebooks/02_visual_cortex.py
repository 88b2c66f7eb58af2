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
#
# Show a population of neurons many pictures, and ask along how many directions its responses vary. In mouse visual cortex the answer
# was remarkable: the variance of the $n$-th principal component falls roughly as $1/n$
# {cite:p}`stringer2019high`. There is no rank at which the code ends. It is **{term}`scale-free`**: neither so flat that a small change
# of the picture could change everything, nor so steep that little is left to say after the first few dimensions.
#
# Is every area like that? The paper says no. By its abstract, most areas of the human ventral stream are scale-free, but *certain higher
# areas are not*; and so it is with artificial networks, which are scale-free after training without labels and not after
# fine-tuning on one task. Geometry would then be no universal property, but follow from what a system computes for.
#
# Three questions for this chapter:
#
# 1. **How can one tell?** Brain scanners show few, noisy repeats. What must an experiment look like to decide the matter?
# 2. **Which stages of a visual hierarchy are scale-free**, when we know the truth about each?
# 3. **Do networks lose it when they learn a task?** And does a scale-free code withstand more, as its fame suggests?
#
# Of the paper itself we could read no more than the abstract and the beginning of the introduction. Which areas failed, by which
# criterion, in which networks: all that is unknown to us. **Every choice below is our own operationalisation**, and no number of ours
# stands beside one of the paper's. The brain data are not ours to ship; the chapter runs them from your copy by a parameter.

# %% [markdown]
# ## Parameters
#
# These values are the laptop scale: simulated areas, the two photographs that come with scikit-learn, and small networks trained here.
# The brain recordings and public vision models take the same notebook and `notebooks/scales/paper.yaml`.

# %% tags=["parameters", "hide-input"]
area_seeds: list[int] = [20, 21, 22, 23, 24]  # synthetic areas of each spectrum, on which estimators are compared
area_stimuli: int = 500  # stimuli that each area is shown
area_voxels: int = 300  # voxels of each, and dimensions of its signal
repeats: int = 3  # times that every stimulus is shown, in all simulated experiments
snr: float = 0.2  # variance of the signal over that of the noise in a single response
correlated: float = 0.5  # share of the noise variance that voxels have in common
noise_components: int = 20  # principal components of the noise that are projected out
tested_areas: int = 100  # synthetic power laws of each of four kinds that the decision is tried on
tested_stimuli: int = 200  # stimuli shown to each
tested_voxels: int = 120  # voxels of each
tested_bootstrap: int = 39  # power laws that each is compared with
power_stimuli: list[int] = [100, 200, 400]  # designs of an experiment: stimuli
power_voxels: list[int] = [60, 120, 240]  # and voxels
power_areas: int = 16  # synthetic areas of each spectrum in each design
hierarchy_seeds: list[int] = [10, 11, 12, 13, 14]  # draws of patches, voxels and noise
hierarchy_stimuli: int = 500  # patches of photographs
hierarchy_voxels: int = 200  # voxels that read each stage
patch_size: int = 32  # pixels to a side of a patch
wavelengths: list[int] = [4, 8, 16]  # of the Gabor filters, in pixels
orientations: int = 4  # of the Gabor filters
texture_classes: int = 50  # of the last stage
texture_examples: int = 1000  # other patches, in which these classes are found
n_bootstrap: int = 39  # power laws that each stage is compared with
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
nsd_subjects: list[int] = []  # of its subjects, 1 to 8
nsd_areas: list[str] = []  # of its areas, such as V1, V2, V3, hV4, ventral
nsd_sessions: int = 40  # sessions of each subject, from the first; all of those who have fewer
nsd_bootstrap: int = 200  # power laws that each area is compared with
vision_models: dict[str, list[str]] = {}  # models on the Hugging Face hub, or folders, and their revisions
photographs: str = ""  # a folder of photographs of your own, which they are shown
photograph_count: int = 2000  # how many
photograph_size: int = 224  # pixels to a side
pooling: str = "mean"  # over the positions of a vision model: "mean", or its "class" token
vision_batch_size: int = 32  # photographs at once

# %% tags=["hide-input"]
from IPython.display import display

from learning_geometry import style
from learning_geometry.studies import STUDIES
from learning_geometry.studies.visual_cortex import brain_figures, figures, network_figures

style.use_in_notebook()
study = STUDIES["visual_cortex"]
records = study.collect(study.configure(globals()))
claims = study.judge(records)

# %% [markdown]
# ## Why one would want a power law
#
# A code has to be efficient, that is, to tell many stimuli apart; and robust, that is, not to change altogether because of a small
# change of the stimulus. Take a code whose variances fall as $n^{-\alpha}$ and whose mean variance is fixed. What it tells about the stimulus,
# through noise of equal size in every neuron, is
#
# $$
# I(\alpha) = \tfrac12 \sum_n \log\bigl(1 + \mathrm{SNR}\;\lambda_n\bigr),
# $$ (eq-information)
#
# and is largest if the spectrum is flat. What it suffers is the mean squared slope of its response. If the stimulus has $d$
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
network_figures.plot_theory(records)

# %% tags=["remove-input"]
display(
    claims["costs-balance"], claims["sensitivity-diverges"], claims["sensitivity-bounded"], claims["theory-simulated"]
)

# %% [markdown]
# A caution: this argues for an exponent *among power laws*. Given both costs, the best spectrum of all is not a power law; spreading variance over
# waves until each earns its cost does better, by much if dimensions are few. That a code should be scale-free at all needs another reason: not to be made for any one scale.
#
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
# ([](../instruments/cross_validation.md)). What is unbiased in total need not be so at every rank, though: the axes themselves are found in noise. To see
# how much that matters we made areas whose spectrum we know, and put them into a simulated scanner: three repeats, a
# {term}`signal-to-noise ratio` of 0.2, half of the noise variance common to voxels.

# %% mystnb={"figure": {"name": "fig-visual-estimators", "caption": "Correlated noise makes a true power law look broken. Removing noise components mends it where the noise has axes of its own, and breaks it where it has those of the signal. Means over synthetic areas, bands from the least to the most; a triangle stands for a bin that is not positive."}, "image": {"alt": "Three panels of variance against rank on logarithmic axes, one for each kind of noise, each with a dashed straight line for the truth and three estimates: plain PCA is too flat, cross-validated PCA jumps up and down under correlated noise, and without noise components it follows the truth unless noise and signal share their axes."}}
figures.plot_estimators(records)

# %% tags=["remove-input"]
display(
    claims["raw-independent"],
    claims["raw-correlated"],
    claims["removed-correlated"],
    claims["removed-aligned"],
    claims["plain-pca"],
)

# %% [markdown]
# So a real power law may come out crooked because of noise alone, differently in every area, which is why the interval of that bias is so wide. The usual remedy, removing the principal components of the noise, works
# if noise has directions of its own. If it runs along the directions of the signal, the remedy is the illness. Nobody knows beforehand which is the
# case, so that the decision below has to cope with both.
#
# If only the exponent is wanted, and the spectrum *is* a power law, there is a better way. The moments $\operatorname{tr}\Sigma^k$ of the signal's
# covariance have unbiased estimates that noise does not enter at all {cite:p}`kong2017spectrum`, and a power law is fitted to those.

# %% mystnb={"figure": {"name": "fig-visual-exponents", "caption": "How far the exponent of a power law is off, by estimator and kind of noise, and how cvPCA's exponent rises to that of the noise-free responses as noise components are removed. Hollow markers are synthetic areas, bars means with 95 % intervals."}, "image": {"alt": "Three panels of errors of the exponent around a line at zero, with rows for plain PCA, cross-validated PCA with and without noise components, and unbiased moments, which alone stay at zero throughout; a fourth panel shows a curve that climbs to a dashed level as noise components are removed."}}
figures.plot_exponents(records)

# %% tags=["remove-input"]
claims["moments"]

# %% [markdown]
# ### Why not R squared?
#
# The straightness of the line is what many look at. It is a poor judge. PCA of the mean draws a fine straight line through an *exponential*, and
# a spectrum that is cut off around rank 100 is, after proper cross-validation, as straight as a power law.

# %% mystnb={"figure": {"name": "fig-visual-r2", "caption": "A straight line fits some spectra that are no power laws (on grey), such as the cut-off, as well as it fits power laws: R squared does not tell them apart. Hollow markers are synthetic areas, bars their means."}, "image": {"alt": "Rows of dots, one row for each synthetic spectrum, with R squared on the horizontal axis; those of a spectrum with a cut-off lie among those of the power laws, and only the exponential lies clearly apart."}}
figures.plot_r2(records)

# %% tags=["remove-input"]
display(claims["r2-exponential"], claims["r2-cut-off"])

# %% [markdown]
# ### The decision
#
# What tells them apart is **curvature**: does the spectrum bend down on logarithmic axes? Even a power law does not come out straight, so that we ask whether the
# measured spectrum bends more than *power laws measured in the same way*. For each area we simulate such power laws, with its own exponent (by moments), its own
# number of stimuli and voxels, its own signal, its own noise covariance and its own axes, and send them through the same procedure.
#
# * **Scale-free**: the curvature is above &minus;0.1, with 95 % confidence, and nothing else is badly off. (A curvature of &minus;0.1 lets the exponent
#   grow by 0.46 in each decade of ranks.)
# * **Not scale-free**: if not, and at most 5 % of power laws bend as much.
# * **Undecided**: else.
#
# It errs about as often as it should, somewhat more often where noise has the axes of the signal, and it has power, given enough stimuli *and* voxels. {numref}`fig-visual-power` is for those who plan an experiment.

# %% mystnb={"figure": {"name": "fig-visual-false-alarms", "caption": "Power laws give p-values along the diagonal or below it if the decision does not call them broken too often; to the right, how many of them are rejected at 5 % (dotted), with Clopper-Pearson intervals. Colours are the same in both panels."}, "image": {"alt": "Left, four staircases of cumulative p-values around a diagonal; right, four rows with the share of rejected power laws and an interval each, beside a dotted line at five percent."}}
figures.plot_false_alarms(records)

# %% tags=["remove-input"]
claims["false-alarms"]

# %% mystnb={"figure": {"name": "fig-visual-power", "caption": "What an experiment needs to tell a bent spectrum from a power law: stimuli and, more still, voxels. Bars are Clopper-Pearson intervals, dotted lines 5 and 80 %; the first panel holds false alarms."}, "image": {"alt": "Four panels, one for each spectrum, of the percentage told from a power law against the number of stimuli, with a line for each number of voxels; lines of more voxels climb higher, and those of the true power law stay low."}}
figures.plot_power(records)

# %% tags=["remove-input"]
display(claims["large-experiments"], claims["small-experiments"], claims["recognised-power-laws"])

# %% [markdown]
# Small areas are the trouble: 20 components of noise out of 60 voxels leave little, and then almost anything passes for a power law. An area
# with few voxels that is *not* found to be bent is not thereby scale-free. Hence the third verdict, and hence the control we ask of brain data: V1, seen
# through as few voxels and as much noise.
#
# ## A visual hierarchy
#
# Next a system in which every stage is known: a model, not a brain. Patches of two photographs go through linear Gabor filters of four
# orientations and three scales, rectified (*simple cells*); the energy of such pairs (*energy*); pooling over space and divisive normalisation (*pooled energy*);
# correlations between energies (*texture*); and finally a soft assignment to 50 classes of texture (*categories*), a stage with a specific purpose.
# About thirty variants of filters and texture stages were tried on other seeds before these were fixed.

# %% mystnb={"figure": {"name": "fig-visual-hierarchy", "caption": "Spectra of six stages of a model of vision without any noise, and the power law that fits each window best (dashed). Early stages follow it; pooled energy bends upwards, texture and categories downwards."}, "image": {"alt": "Six panels of share of variance against rank on logarithmic axes, from pixels to categories, each with a dashed line; the curves of the first stages lie along it, that of categories arches above it and then falls below."}}
figures.plot_hierarchy_spectra(records)

# %% tags=["remove-input"]
display(claims["early-truth"], claims["texture-truth"], claims["categories-truth"])

# %% mystnb={"figure": {"name": "fig-visual-verdicts", "caption": "The same stages seen through the simulated scanner, over what a power law like them would show there; the grey band holds power laws within two standard deviations. Thin lines are seeds; the verdicts of the decision are counted below."}, "image": {"alt": "Six panels of a ratio against rank around a level of one with a grey band; early stages stay near the level, texture and categories rise above it and then fall below it, and the count of verdicts is written in each panel."}}
figures.plot_hierarchy_verdicts(records)

# %% tags=["remove-input"]
display(claims["early-stages"], claims["late-stages"])

# %% [markdown]
# The *pooled energy* stage is instructive. It bends *up*: a few large dimensions and a long, shallow tail. The decision takes a bend upwards for no evidence, because more
# dimensions than voxels make one as well, and lets this stage pass unless the misfit is large. "Scale-free" is what has not been seen to end, no more.
#
# ## Networks before and after a task
#
# Now the paper's second half. A small convolutional encoder sees digits pasted on photographic texture. First it learns without labels, by Barlow Twins
# {cite:p}`zbontar2021barlow` or by VICReg {cite:p}`bardes2022vicreg`. Then all its weights are trained on, to name the digit. We read the layer before the
# last, on held-out digits over held-out texture, where there is no measurement noise; so a spectrum's curvature is judged as it is, with the same margin of 0.1.
# Nineteen configurations were tried on other seeds before these were fixed.

# %% mystnb={"figure": {"name": "fig-visual-network-spectra", "caption": "Spectra of the features of small networks, and the same over the power law that fits each best: self-supervised ones stay near the level, those that learnt digits arch over it and fall away."}, "image": {"alt": "Two panels on logarithmic axes with six lines: left, shares of variance that fall with rank; right, their ratio to a power law, where the self-supervised networks stay close to one and the fine-tuned, supervised and random ones rise and then drop."}}
network_figures.plot_network_spectra(records)

# %% mystnb={"figure": {"name": "fig-visual-network-curvature", "caption": "Self-supervised networks lie in the grey range that counts as scale-free, and leave it when they learn digits or places, but not when they learn which photograph a patch is from, or shuffled labels. Hollow markers are seeds, bars means with 95 % intervals."}, "image": {"alt": "Eleven rows of dots, one row for each network, with curvature on the horizontal axis and a grey range around zero; Barlow Twins, VICReg, continued training and two of the tasks lie in it or at its edge, fine-tuning on digits and place lies far to the left."}}
network_figures.plot_network_curvature(records)

# %% tags=["remove-input"]
display(
    claims["barlow-twins"],
    claims["vicreg"],
    claims["fine-tuned"],
    claims["fine-tuned-vicreg"],
    claims["fine-tuned-augmented"],
)

# %% [markdown]
# Is it the task? More training without labels does nothing of the kind, nor does training on shuffled digits. But not every task does it: saying *where* the
# digit is bends the spectrum most, saying *which of two photographs* is behind it hardly at all. A network that learnt digits from scratch is bent, too, and an untrained one may be, depending
# on its seed, so that "not scale-free" is by no means a mark of fine-tuning.

# %% tags=["remove-input"]
display(
    claims["continued"],
    claims["task-not-training"],
    claims["fine-tuned-permuted"],
    claims["fine-tuned-place"],
    claims["fine-tuned-photograph"],
    claims["supervised"],
    claims["random"],
)

# %% mystnb={"figure": {"name": "fig-visual-paths", "caption": "Curvature while networks are trained: it falls within the first steps of fine-tuning on digits or place, and stays where it counts as scale-free (grey) if self-supervision goes on. Thin lines are seeds, the dotted line is where fine-tuning begins."}, "image": {"alt": "Two panels of curvature against training steps; lines rise into a grey range around zero during self-supervision, and branch at a dotted line, some staying within the range and others falling far below it."}}
network_figures.plot_paths(records)

# %% tags=["remove-input"]
display(claims["any-window-before"], claims["any-window-after"])

# %% [markdown]
# ### Efficient or robust?
#
# Were a scale-free code the robust one, these networks should show it. To compare codes and not heads, every network gets the same linear probe for
# digits, and the probe's images are then disturbed.

# %% mystnb={"figure": {"name": "fig-visual-robustness", "caption": "Scale-free is not robust: probes of the networks in the grey range lose most of their accuracy under noise and attack. Those of networks that were taught digits keep more, and have more to begin with, since digits are what the probe is asked."}, "image": {"alt": "Six scatter plots of a probe's accuracy, on clean, noisy and attacked images, against curvature and against exponent, with a marker for each of eleven networks; the accurate ones lie to the left of the grey range."}}
network_figures.plot_robustness(records)

# %% tags=["remove-input"]
display(
    claims["robust-noise"],
    claims["robust-attack"],
    claims["robust-features"],
    claims["robust-order"],
    claims["efficient-rank"],
)

# %% [markdown]
# They show the opposite. What withstands noise is what learnt the task, and the fine-tuned code also spreads over *more* dimensions. This does not contradict
# {eq}`eq-sensitivity`, which is about small steps of any kind, whereas a task singles out a few directions worth protecting. But it is a warning: "scale-free,
# therefore robust" is not true of networks of this size and kind.
#
# ## The brain itself

# %% [markdown]
# The paper's recordings, the Natural Scenes Dataset {cite:p}`allen2022massive`, are free, but not ours to pass on: whoever uses them accepts terms, for research
# and education, with no redistribution of the data or any part of it and no attempt to identify a participant. So this book
# holds none of them, neither responses nor maps of areas, and **this part has not been run**; the reader was tried on made-up
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
brain_figures.plot_brain(records) if own else print("No copy of the data was given: see nsd_root.")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-visual-brain-pairs", "caption": "What the brains of two subjects share along axes that align them, on held-out images, beside the same with one subject's images in random order. Triangles are values that are not positive."}, "image": {"alt": "A panel for each area of shared covariance against rank on logarithmic axes, a falling line for each pair of subjects and grey squares of shuffled images far below."}}
pairs = len(nsd_subjects) > 1
brain_figures.plot_brain_pairs(records) if own and pairs else print("No two subjects were given: see nsd_subjects.")

# %% tags=["remove-input"]
display(claims["brain-early"], claims["brain-higher"])

# %% [markdown]
# ### Public vision models
#
# The same curvature can be had of public models before and after fine-tuning, on photographs of your own (`vision_models`, `photographs`; names stand in
# `notebooks/scales/paper.yaml`). They have not been run for this edition either.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-visual-pretrained", "caption": "Curvature through the blocks of public vision models on the reader's own photographs; a model and its twin with a task share a colour, and the grey range counts as scale-free."}, "image": {"alt": "Lines of curvature against depth, one for each vision model with its name at the end, solid for self-supervised models and dashed for their twins, over a grey range around zero."}}
asked = bool(vision_models)
brain_figures.plot_pretrained(records) if asked else print("No vision model was asked for: see vision_models.")

# %% tags=["remove-input"]
display(claims["pretrained-scale-free"], claims["pretrained-fine-tuned"])

# %% [markdown]
# ## What we conclude
#
# {numref}`fig-visual-power` may be the most useful result of this chapter: whether an area is scale-free can be decided with some hundreds of stimuli and voxels,
# if noise is dealt with, and cannot be with less. With that decision, stages of a hierarchy that were built to be different are told apart; networks are scale-free
# after learning without labels and not after most tasks; and nothing suggests that they are the more robust for it.
#
# What this chapter does not say: anything about the human brain, until someone runs it on the recordings. Nor do its networks, which see twelve pixels by twelve, speak for the
# paper's. Some facts to keep in mind:
#
# * The decision asks for bends downwards only, wants three repeats, and some signal: at a signal-to-noise ratio of 0.03 or less it rejected too many power laws when we tried it.
# * It looks at a quarter of the ranks that an area has. A spectrum that is cut off later passes for a power law.
# * The noise in our scanner has a spectrum of our choosing, which is not fitted to any recording.
# * Margins, windows and the number of noise components are ours. So is the layer that is read.

# %% tags=["remove-input"]
claims
