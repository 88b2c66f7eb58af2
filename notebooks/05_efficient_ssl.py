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
# # Small projectors, more views: what does self-supervision save?
#
# *A companion to {cite:t}`ghosh2024harnessing`, "Harnessing small projectors and multiple views for efficient vision pretraining".*
#
# Self-supervised learning makes an encoder from images without labels. It changes each image at random, twice, and asks that the encoder's
# features agree for the two *views*; so that they do not simply become constant, it also asks that features be uncorrelated. Common practice puts a large *projector* between
# the encoder and this loss, with thousands of dimensions, and takes two views of each image. Do both habits waste resources?

# %% [markdown]
# ## Parameters
#
# The laptop scale. `notebooks/scales/paper/efficient_ssl.yaml` takes CIFAR-10 and residual networks through the same code.

# %% tags=["parameters", "hide-input"]
images: str = "digits"  # "digits", a Hugging Face data set such as uoft-cs/cifar10, or a folder of parquet files
images_revision: str = ""  # commit of the Hugging Face data set, 40 hexadecimal digits
other_images: str = "digits on texture"  # a second set of images; this one lays digits over patches of photographs
other_revision: str = ""  # its commit
device: str = "cpu"  # where encoders are trained: "cpu" or "cuda"
network: str = "small"  # "small" (three convolutions), "resnet18" or "resnet50"
width: int = 8  # channels of the first stage of the encoder
batch_size: int = 128  # images per step; each is seen in several views
learning_rate: float = 0.003  # of AdamW, after a short warm-up, falling to zero along a cosine
weight_decay: float = 1e-6  # of AdamW
shots: int = 5  # labels of each class from which features are read out
label_draws: int = 20  # draws of these labels
projector_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107]  # sweeps over projectors, on both sets of images
dimensions: list[int] = [16, 64, 256]  # dimensions of the projector
off_diagonals: list[float] = [0.004, 0.016, 0.064, 0.25, 1.0]  # weights of the correlations off the diagonal
projector_steps: int = 80  # steps of each pretraining of the sweep
view_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111]  # pretrainings with several views
arms: list[str] = ["2 views", "4 views", "4 views, 1/2 steps", "8 views, 1/4 steps", "2 views, 1/2 steps", "8 views, 1/2 steps", "2 views, 1/4 steps", "4 views, 1/4 steps", "4 views in pairs, 1/2 steps", "4 views, 1/2 steps, 1/2 images", "2 views, 1/2 steps, 1/2 images", "8 views, 1/4 steps, 1/4 images", "2 views, 1/4 steps, 1/4 images", "2 views, 1/2 steps, shuffled", "4 views, 1/2 steps, shuffled", "2 views, 1/2 steps, destroyed", "4 views, 1/2 steps, destroyed", "2 views, random projector", "untrained"]  # fmt: skip # what is pretrained on the first images
other_seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # pretrainings on the second images
other_arms: list[str] = ["2 views", "4 views, 1/2 steps", "2 views, 1/2 steps", "4 views, 1/2 steps, 1/2 images", "2 views, 1/2 steps, 1/2 images", "untrained"]  # fmt: skip # what is pretrained on them
view_dimensions: int = 64  # dimensions of the projector of these
view_off_diagonal: float = 0.064  # and their weight off the diagonal
view_steps: int = 120  # "all" steps
crops: int = 2  # small crops beside two full views, for multi-crop
crop_side: int = 6  # pixels of their side
kernel_seeds: list[int] = [100, 101, 102, 103, 104, 105]  # finite sets of digits whose kernel is known exactly
kernel_per_class: int = 10  # digits of each class
kernel_reach: int = 1  # pixels by which they are moved, each way
kernel_noise: float = 0.75  # noise that moves views to their neighbours, in units of white minus black
kernel_dimensions: int = 6  # features
kernel_hidden: int = 64  # units of each of two hidden layers
kernel_steps: int = 300  # steps of Adam on all views
kernel_learning_rate: float = 0.01  # its learning rate
orthogonalities: list[float] = [0.1, 0.5, 4.0]  # strengths of the idealised loss; 0.5 is the loss itself
kernel_off_diagonals: list[float] = [0.005, 0.5]  # weights of Barlow Twins
kernel_covariances: list[float] = [1.0, 25.0]  # weights of VICReg's covariance, beside 25 for invariance and variance
sampled_views: list[int] = [2, 4, 8]  # views of each image in sampled batches
sampled_images: int = 32  # images in a sampled batch
samples: int = 100  # sampled batches
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["efficient_ssl"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## What the paper says
#
# Existing frameworks minimise one idealised loss: features that match the similarity kernel which the augmentations define. This loss has an equivalent that is more efficient to compute. With stronger orthogonalisation
# a *smaller projector* yields good representations. More augmentations approximate the loss better, improve convergence, and let the pretraining set be *halved* at the same accuracy.
#
# We had the **abstract** (version 2), the project page and the authors' **code**, and no equation, table or figure of the full text. Losses here follow the code; the theory on this page is our own derivation, and no accuracy of theirs stands
# beside ours. (Version 1 {cite:p}`agrawal2023addressing` says 4 times where version 2 says 2; version 2 is judged.)
#
# Reviewers of version 1 objected, in public: a step with more views costs more; short training has not converged; eight views are sometimes worse than four; and what
# is "approximated better", if the target itself depends on the number of views? Their objections are claims on this page too, marked as ours.

# %% [markdown]
# ## The kernel that augmentations define
#
# Let $p(v)$ be the probability of a view and $p(v,w)$ that of a pair of views of one image. The kernel is
#
# $$
# k(v,w)=\frac{p(v,w)}{p(v)\,p(w)},\qquad \sum_w k(v,w)\,f_i(w)\,p(w)=\lambda_i f_i(v),
# $$ (eq-kernel)
#
# with eigenvalues between 0 and 1; the first eigenfunction is constant. One of a large eigenvalue changes little when a view is swapped for another view of its image {cite:p}`haochen2021provable,johnson2023contrastive`.
# Here the views are finite in number, so that everything is known exactly: a hundred digits, each moved by up to one pixel, and noise
# that carries a view to its neighbours. Without the noise no two images would share a view and all eigenvalues would be 1.

# %% mystnb={"figure": {"name": "fig-graph", "caption": "Left: digits where the first two eigenfunctions of their augmentation kernel put them; colours are classes, which the kernel does not know. First seed. Right: eigenvalues, a line for each seed. Dotted: as many as there will be features."}, "image": {"alt": "Left: small handwritten digits scattered over a plane; equal digits lie near one another. Right: eigenvalues fall slowly from about 0.85."}}
figures.idealised.plot_graph(records)

# %% [markdown]
# The *idealised loss* asks a feature map $F$ of $d$ dimensions to match the kernel: $\mathbb E\,(k(v,w)-1-F(v)\cdot F(w))^2$ over independent views.
# By Eckart and Young its minimum spans the top $d$ eigenfunctions. Do Barlow Twins {cite:p}`zbontar2021barlow` and VICReg {cite:p}`bardes2022vicreg` arrive there? Networks are trained on each
# loss *in expectation over all views*, so that nothing is left to sampling.

# %% mystnb={"figure": {"name": "fig-filling", "caption": "The share of each eigenfunction that lies in the span of the features, over training (steps are logarithmic). Six features can capture the rows above the dotted line. Means over seeds."}, "image": {"alt": "Six heat maps. In the upper row the rows above the dotted line light up from top to bottom as training goes on; in the lower row most stay dark."}}
figures.idealised.plot_filling(records)

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/kernel_features.html
# ```

# %% [markdown]
# The span is a harsh measure where eigenvalues are close. The claims are judged on what the loss itself counts: of what $d$ features can match of the kernel, how much do *these* match?

# %% mystnb={"figure": {"name": "fig-matched", "caption": "What features match of the kernel, as a share of what the best ones of as many dimensions could. Numbers in the legends are strengths of orthogonalisation; bands run from the least to the greatest seed."}, "image": {"alt": "Three panels of rising curves. In each, one strength rises close to 1 and another stays well below; the shuffled control stays low."}}
figures.idealised.plot_matched(records)

# %% tags=["remove-input"]
claims.panel("idealised")

# %% [markdown]
# ## An equivalent loss, and how few views approximate it
#
# With the covariance $S$ of features over views and the covariance $C$ of the features of *two views of one image*, the idealised loss is, up to a constant,
#
# $$
# 2\operatorname{tr}(S-C)+\lVert S-1\rVert^2,\qquad \operatorname{tr}(S-C)=\mathbb E\,\lVert F(v)-\bar F\rVert^2 ,
# $$ (eq-equivalent)
#
# where $\bar F$ is the mean over the views of the same image: invariance and orthogonality, the shape of all losses above. A factor $2\beta$ before the second term sets the strength of orthogonalisation; $\beta=\tfrac12$ is the loss itself. At the
# minimum the features hold eigenfunction $i$ with variance $\max(0,\,1-(1-\lambda_i)/2\beta)$. So weak orthogonalisation leaves out what has an eigenvalue below $1-2\beta$. The closed form does not say how long it takes: the greatest
# strength makes the features uncorrelated at once, in whatever directions they began, and then turns them slowly.
#
# A batch knows $\bar F$ from a few views only. How wrong is its gradient? Here the reviewers' question has an answer: the target is the expectation over all views, whatever their number in a batch.

# %% mystnb={"figure": {"name": "fig-error", "caption": "Squared error of a batch's gradient, relative to the exact one, for a random network: the same images with more views, or so many fewer images that as many passes are made. Orange: corrected for a mean that includes the view itself. Bands run from the least to the greatest seed."}, "image": {"alt": "Two panels with two curves each. Left: both fall steeply with the number of views. Right: they fall less steeply."}}
figures.reformulated.plot_error(records)

# %% tags=["remove-input"]
claims.panel("reformulated")

# %% [markdown]
# ## Small projectors
#
# From here on encoders are small convolutional networks. They are pretrained on views of digits, or of the same digits over patches of photographs, and read out linearly from *five labels of each class*: with all labels
# even pixels would do well. The loss is Barlow Twins for two views; its weight $\lambda$ of the correlations off the diagonal is the strength of orthogonalisation.

# %% mystnb={"figure": {"name": "fig-projectors", "caption": "Accuracy from five labels a class against the weight off the diagonal, behind projectors of 16, 64 and 256 dimensions. Bands run from the least to the greatest seed."}, "image": {"alt": "Two panels. On digits the maximum of the largest projector lies at a smaller weight than that of the smallest; over texture the curves are flat up to their fall."}}
figures.projectors.plot_accuracy(records)

# %% [markdown]
# The fair comparison gives each projector its own weight, chosen on other seeds than the one that is judged. What
# counts as small is a matter of the encoder: ours has 32 features. (The authors' has 2,048, and their projectors run from 64 to 8,192 dimensions.)
#
# Which weight? In the authors' training scripts the product of weight and dimension lies between 1.5 and 6.6, so that the weight falls about as one over the dimension.

# %% mystnb={"figure": {"name": "fig-law", "caption": "The weight at the vertex of a parabola through the best of five and its neighbours, mean over seeds with 95 % interval, and the weights in the authors' scripts for CIFAR-10."}, "image": {"alt": "On logarithmic axes the points of digits fall along a line of slope minus one, which the authors' crosses continue; those of texture do not fall evenly."}}
figures.projectors.plot_law(records)

# %% [markdown]
# So a small projector gains from a weight of its own, and half as many dimensions as there are features are still too few on digits. There the best weight falls as the projector grows; whether as one over its dimension stays open, and over
# texture the curves are too flat to tell. (On fresh seeds the rule held on both sets of images: it may well be right.)

# %% tags=["remove-input"]
claims.panel("projectors")

# %% [markdown]
# ## More views
#
# With more than two views the authors' loss compares each view with the mean of all, and asks that the features of this *mean* be uncorrelated. Its cost grows with the number of views, not of their pairs.

# %% mystnb={"figure": {"name": "fig-views", "caption": "Accuracy from five labels a class, against steps and against the views that went through the network. Right: after half of the steps, with true views, with pairs of different images, and with augmentations that destroy the image."}, "image": {"alt": "Left: curves of 4 and 8 views lie above that of 2. Middle: 8 views lie below 4 and no longer above 2. Right: 4 views lie above 2 with true views alone."}}
figures.views.plot_views(records)

# %% [markdown]
# Part of the lead of four views is the *form* of the loss: averaged over pairs of the same views, the two-view loss gains less. A likely reason: the mean of several views has less noise, its features are more
# correlated, and the same weight orthogonalises them more. At equal compute eight views are behind two, probably because a quarter of the steps is too few.

# %% tags=["remove-input"]
claims.panel("views")

# %% [markdown]
# ## Half of the images
#
# The authors train for the same number of epochs on a share of the images, with as many more views. That is as many passes through the network, and *fewer steps*. The comparison with two views of all images
# shows that accuracy is kept. It does not show what was saved. If two views of *all* images for as few steps do no better than two views of half of them, then steps matter, and the images were never needed.

# %% mystnb={"figure": {"name": "fig-data", "caption": "Accuracy from five labels a class after pretraining on all images or a part. A circle is a seed, a bar their mean with its interval. Dotted: two views of all images for all steps."}, "image": {"alt": "Rows of circles. Rows of the same number of views and steps lie at nearly the same place whatever the number of images."}}
figures.data.plot_data(records)

# %% [markdown]
# The paper's statement holds on both sets of images, and most of what four views make up for is *steps*. Whether halving the images costs anything in itself these seeds do not decide; a run on fresh seeds found that it costs a little on digits.
# All honest arms in one picture: what error does a given number of passes buy?

# %% mystnb={"figure": {"name": "fig-pareto", "caption": "Error from five labels a class against views that went through the network, mean over seeds, first images. No arm is better at both than those on the line, which leaves multi-crop out."}, "image": {"alt": "Points fall from left to right; those of four views lie on the front."}}
figures.compute.plot_pareto(records)

# %% tags=["remove-input"]
claims.panel("data")

# %% [markdown]
# :::{admonition} What would change our mind
# :class: tip
# * *One idealised loss*: a finite set on which a framework, brought to its minimum at strong orthogonalisation, matches less of the kernel than the idealised loss does.
# * *Small projectors*: an encoder of many more features, trained to the end, behind which the smallest projector with a weight of its own comes within a point of the largest.
# * *Half of the images*: a set so varied that two views of half do worse than two views of all at the *same* number of steps, while four views make up for it. Ours has ten kinds of image.
# :::
#
# ## Limits and hindsight
#
# *The theory is ours.* Equation {eq}`eq-equivalent` agrees with the abstract; whether it is the paper's reformulation we could not read.
#
# *Small images, small networks, one loss.* Digits have little variety, so that unique images matter less than they would on ImageNet. The second images are the same digits over texture, no independent data set. VICReg is judged on
# the finite set only; mixed precision and long training are missing.
#
# *Intervals* are over seeds, which draw the first weights, the views, the order of images, the texture and the labels. The test images are always the same.
#
# :::{admonition} What had been seen before the rules were written
# :class: note dropdown
# A prototype with other settings, and pilots on seeds from 900 on. Tried there, on one or two seeds each: three encoders, five strengths of texture, six strengths of noise of the finite set, two learning rates on it, seven weights of
# Barlow Twins and VICReg, one sweep over projectors, all arms once, and four kinds of crop for multi-crop, of which the best was taken. Then six seeds were run. Since many claims were
# close, six more were added for views, four for the second images, two for projectors; verdicts were looked at once on the way. No rule was changed after that, but seeds that are added after a look make intervals a little too narrow. A few claims were
# written afterwards, as their badge says when it is opened.
# :::
#
# ## Try it yourself
#
# The losses and the kernel are instruments (see [their page](../instruments/multi_view.md)):
#
# ```python
# import torch
# from learning_geometry.instruments.multi_view import barlow_mean, barlow_pairs
#
# views = torch.randn(1, 256, 64) + 0.5 * torch.randn(4, 256, 64)  # four views of 256 images, 64 features
# barlow_mean(views, off_diagonal=0.06), barlow_pairs(views, off_diagonal=0.06)
# ```
#
# Then run `learning-geometry run efficient_ssl -o mine.ipynb` with one change, and say first what you expect:
#
# 1. **Smaller projectors**, `-p "dimensions=[8, 32, 128]"`. The smallest should fall further behind the largest, and want a still larger weight.
# 2. **Longer training**, `-p view_steps=240`. If steps are what four views save, their lead over two views should shrink when all arms have more of them.
