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
# # What do neurons gain by adapting?
#
# *A companion to {cite:t}`geadah2024neural`, "Neural networks with optimized single-neuron adaptation uncover biologically
# plausible regularization".*
#
# Neurons of a brain do not all answer alike, and one neuron does not answer always alike: it adapts. Units of artificial networks share one fixed activation
# function. What happens if each unit may learn its own, or change it from moment to moment?

# %% [markdown]
# ## Parameters
#
# The laptop scale. `notebooks/scales/paper/adaptive_neurons.yaml` takes permuted sequential MNIST and the authors' sizes through the same code.

# %% tags=["parameters", "hide-input"]
images: str = "digits"  # "digits", a Hugging Face data set such as ylecun/mnist, or a folder of parquet files
images_revision: str = ""  # commit of the Hugging Face data set, 40 hexadecimal digits
device: str = "cpu"  # where networks are trained: "cpu" or "cuda"
seeds: list[int] = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109]  # first weights, orders of pixels, batches, noise
hidden: int = 64  # neurons of a plain network
controller: int = 4  # numbers in the state of an adaptive neuron's controller
first_gains: list[float] = [5.0, 7.0]  # the first gain n of a network is drawn between these, as by the authors
low_gains: list[float] = [1.0, 1.5]  # the same for networks whose gains can matter more
training_noise: float = 0.2  # noise in training, for the network that is trained with it
training_drift: float = 0.5  # amplitude of drift in training, for networks that are trained with it
epochs: int = 12  # passes over the training images
batch_size: int = 64  # images per step
learning_rate: float = 0.002  # of Adam, rising for a tenth of the steps, then falling
gated_rate: float = 0.06  # the same for GRU and LSTM, which hardly learn at the rate of plain networks
shape_rate: float = 1.0  # the learning rate of gains and saturations, in multiples of it
gradient_clip: float = 1.0  # largest norm of a seed's gradient
test_images: int = 540  # test images, at most
noises: list[float] = [0.1, 0.2, 0.3]  # standard deviations of noise on pixels between 0 and 1
drifts: list[float] = [0.25, 0.5, 0.9]  # amplitudes of a sinusoidal drift of the input's gain
drives: list[float] = [0.25, 0.5, 1.0]  # steps of drive to every neuron, in the second quarter of a sequence
exponent_images: int = 16  # test images on which Lyapunov exponents and gradients are measured
exponent_drives: list[float] = [0.0, 1.0, 5.0]  # constant drives under which exponents are measured
response_times: int = 150  # steps of a response; the drive is on in the middle third
response_trials: int = 16  # trials over which responses are averaged
response_drives: list[float] = [0.5, 1.0, 2.5, 5.0]  # steps of drive to which neurons respond
gain_drives: list[float] = [0.5, 1.0, 2.0, 5.0]  # standard deviations of the noise under which gains are measured
amplitudes: list[float] = [0.1, 0.2, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0]  # sizes of responses whose order is known
true_orders: list[float] = [-0.4, -0.2, 0.0, 0.2, 0.4]  # their orders: above 0 integrals, below 0 derivatives
fresh: int = 0  # added to every seed

# %% tags=["hide-input"]
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["adaptive_neurons"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %% [markdown]
# ## In short

# %% tags=["remove-input"]
claims.in_short()

# %% [markdown]
# ## What the paper says
#
# The abstract says that such networks are much more robust to noise and to changes in input statistics. Their solutions resemble *gain scaling*, as it is found in neurons, and
# *differentiation or integration of fractional order*. Diversity and adaptation act as a regulariser, which lets circuits propagate information across time.
#
# We had the abstract, and for the methods the authors' public code; their accuracies were not available to us. We train such networks beside others with the same weights at the start, and ask of each statement whether it is *adaptation* that does it. A statement can hold to the letter while neurons that cannot
# adapt do the same, or while the effect is too small to matter. Both happen here, so read each verdict with its control.

# %% [markdown]
# ## An activation with two knobs
#
# All neurons have an activation function with a gain $n > 0$ and a saturation $s$, from a smooth rectifier ($s = 0$) to a sigmoid ($s = 1$):
#
# $$
# \gamma(x; n, s) = (1 - s)\,\frac{\log(1 + e^{n x})}{n} + s\,\frac{1}{1 + e^{-n x}}.
# $$ (eq-gamma)
#
# In a **fixed** network both stay as they started. A **homogeneous** network learns one pair for all its neurons, a **heterogeneous** one a pair for each. In an **adaptive** network each neuron has a small recurrent
# controller that hears the neuron's pre-activation $a_t$ and sets both anew at each step:
#
# $$
# \begin{aligned}
# a_t &= U x_t + V h_{t-1} + b, & g_t &= \tanh(u\,a_t + W g_{t-1} + c),\\
# (n_t, s_t) &= W_o\,g_t + b_o, & h_t &= \gamma(a_t; n_t, s_t).
# \end{aligned}
# $$ (eq-adaptive)
#
# All neurons share the controller's weights; its state $g_t$ is each neuron's own. So the adaptive network has hardly more parameters than the **fixed network**, which is the reference of this chapter.
#
# At $s = 0$, where training starts, the output depends on the gain through the entropy $H$ of a coin of probability $q = 1/(1 + e^{-n x})$:
#
# $$
# \frac{\partial\gamma}{\partial n} = -\frac{H(q)}{n^2}, \qquad\text{at most}\quad \frac{\log 2}{n^2} \quad\text{in size.}
# $$ (eq-bound)
#
# With the authors' first gains, near 6, a whole unit of gain moves the output by less than .02. This explains much of what follows.

# %% mystnb={"figure": {"name": "fig-function", "caption": "Left: the activation. Middle: activations that the neurons of a heterogeneous network learned, first seed. Right: how much the output falls for each unit of gain; dotted, the largest possible value."}, "image": {"alt": "Left panel: four curves from rectifier to sigmoid. Middle panel: a bundle of curves close to a dashed one. Right panel: two humps, the one at gain 2 about nine times as high as the one at gain 6."}}
figures.activation.plot_function(records)

# %% [markdown]
# ```{raw} html
# :file: ../static/explorables/activation.html
# ```

# %% [markdown]
# ## Robustness
#
# Networks read handwritten digits pixel by pixel, in an order that is shuffled once for each seed, and name the digit at the end. Networks of one seed start with the same
# weights and read the same batches, so that they can be compared in pairs. After training, and only then, *noise* is added to every pixel, the gain of the input *drifts* along a sine,
# or every neuron gets a *drive* in the second quarter of the sequence.

# %% mystnb={"figure": {"name": "fig-adaptive-accuracy", "caption": "Accuracy against the size of a perturbation that no network met in training. Means over seeds, with bands from the least to the greatest."}, "image": {"alt": "Three panels of falling curves. The adaptive, heterogeneous and fixed networks lie on top of one another; ReLU and tanh lie lower, but tanh is highest under large drives."}}
figures.robustness.plot_accuracy(records)

# %% [markdown]
# *More robust than what*, the abstract does not say. Against the rectifier, the question is whether the whole package is worth
# having. Against the same network with fixed neurons, it is whether adaptation makes it so. The headline takes the second reading, and the first is judged beside it. *Much* is five points of accuracy.

# %% mystnb={"figure": {"name": "fig-models", "caption": "Accuracy of all networks; a circle is a seed, a bar their mean with its interval. GRU and LSTM have as many parameters as the adaptive network; the wide network costs as much a step."}, "image": {"alt": "Four panels with rows for ten networks. The networks with the flexible activation are alike; the fixed network that was trained with noise stands out under noise; tanh stands out under drive."}}
figures.robustness.plot_models(records)

# %% tags=["remove-input"]
claims.panel("robustness")

# %% [markdown]
# Adaptive networks do beat rectifiers under noise, and so do fixed ones: what helps is the smooth activation. Beside the fixed network adaptation adds nothing that we could see. *No difference that matters* asks for the whole interval
# near 0; three runs on fresh seeds left it undecided.
#
# **Where adaptation should pay.** Perhaps the test was unfair. By {eq}`eq-bound` a controller can do little at such gains, and nothing in training ever called for adaptation. So we give it two better chances, small first gains, and a
# world whose gain drifts during training with a frequency and a phase that nobody can know in advance. Fixed networks get the same.

# %% mystnb={"figure": {"name": "fig-pairs", "caption": "Adaptive networks minus fixed ones which started and were trained in the same way: means over paired seeds with 95 % intervals."}, "image": {"alt": "Four rows, clean, noise, drift and drive, with three intervals each around a vertical line at 0."}}
figures.training.plot_pairs(records)

# %% tags=["remove-input"]
claims.panel("training")

# %% [markdown]
# ## What the controller does
#
# A network may have a controller and not use it. What do isolated neurons do when they are driven?

# %% mystnb={"figure": {"name": "fig-adaptive-course", "caption": "Gain and saturation of twelve isolated neurons while a drive is on (grey), less their mean before it. First seed, largest drive, mean over trials."}, "image": {"alt": "Two panels of twelve curves each. Most jump within a step or two when the grey interval begins, and return when it ends."}}
figures.controller.plot_course(records)

# %% [markdown]
# Gains settle within a few steps and stay. This is not adaptation as physiologists know it, a slow return after a quick response. Is it of use to the network? We impose time courses. *Frozen*: each
# neuron keeps its mean gain and saturation. *Shuffled*: it goes through its own values in a random order. *Transplanted*: through those it had while the network read another image.

# %% mystnb={"figure": {"name": "fig-imposed", "caption": "Accuracy of adaptive networks as they are, and with the time course of gains and saturations imposed. A circle is a seed, a bar their mean with its interval."}, "image": {"alt": "Four panels with rows for as it is, frozen, shuffled and transplanted."}}
figures.controller.plot_imposed(records)

# %% tags=["remove-input"]
claims.panel("controller")

# %% [markdown]
# Networks that were trained under drift do use their controllers, on fresh seeds too; for those trained without, fresh seeds do not decide it. Yet neither does better than networks that never had one. To be needed by the
# network that grew up with it is one thing, to be an advantage another.
#
# ## Gain scaling
#
# Sensory neurons answer less to a unit of input the more their input varies. If adaptive neurons do the same, the gain $n$ falls as the noise that they hear grows, and before training it does not.
#
# But is $n$ the gain that counts? What a neuron passes on is its *slope*, averaged over what it hears. For a rectifier, that is the share of the time for which it is active, which no change of $n$ changes
# much. For a neuron that saturates the slope falls without any adaptation.

# %% mystnb={"figure": {"name": "fig-gain", "caption": "The gain of adaptive neurons under noise, relative to that under the least noise, and the mean slope at which neurons work. Thin lines are seeds, the thick one is their mean, the dotted one a power law."}, "image": {"alt": "Two panels of changes of gain of a few percent at most. Right panel: the slope of tanh falls steeply with noise, the others are flat."}}
figures.gain_scaling.plot_gain(records)

# %% tags=["remove-input"]
claims.panel("gain_scaling")

# %% [markdown]
# The sign of the fall is not firm on fresh seeds, and its size is so small that the slope hardly notices, as {eq}`eq-bound` would have it.
#
# ## Fractional orders, and a trap
#
# A neuron that answers to a step at once and then relaxes responds like a derivative of an order between 0 and 1; one that builds up, like an integral. The published
# measure is the $\alpha$ for which the fractional derivative $D^\alpha$ of the *response*, less an offset, comes nearest to the *step*; above 0 the response is an integral.
#
# The response has no free amplitude. What if a neuron has no memory at all, but answers with a fifth of the step, because it
# saturates? Then only an operator that *enlarges* the response brings it near the step, and one of fractional order does.

# %% mystnb={"figure": {"name": "fig-estimators", "caption": "Left: a response without memory, and what the published estimator makes of it. Middle and right: orders that two estimators find, against the amplitude of the response; dotted lines are the truth."}, "image": {"alt": "Left panel: a step, a small copy, and a distorted curve in between. Middle panel: lines that rise with amplitude and meet the truth only at 1. Right panel: flat lines on the truth."}}
figures.fractional.plot_estimators(records)

# %% [markdown]
# The remedy fits amplitude and offset along, on the side of the step: $h \approx c\,D^{-\alpha}\,\mathrm{step} + o$ ([the instrument](../instruments/adaptation.md)). A neuron's self-connection is a memory
# too. So static neurons can have an order other than 0, and are the control that the claim needs.

# %% mystnb={"figure": {"name": "fig-orders", "caption": "Above: responses of isolated neurons to the largest drive (grey), less their value before, over the drive; a line is a seed. Below: fractional orders, mean over drives; a circle is a seed, a bar their mean with its interval."}, "image": {"alt": "Above, three panels: adaptive and fixed neurons respond alike; tanh neurons respond with a small fraction of the drive. Below, rows for five networks: the published estimator puts tanh well below 0; with free amplitude it moves."}}
figures.fractional.plot_orders(records)

# %% tags=["remove-input"]
claims.panel("fractional")

# %% [markdown]
# The measure is met, and neurons that cannot adapt meet it too. Neurons with the flexible activation integrate because they hear themselves: the diagonal of $V$ keeps an answer going. Neurons with tanh seem to differentiate
# because they saturate, and by the corrected estimator have no order worth the name.
#
# ## A regulariser?
#
# To carry information across time a network must keep small differences: if they die out, the past is forgotten; if they grow, it is drowned. The rate is the largest Lyapunov exponent
# $\lambda$, best near 0. We measure it as the networks run, driven by digits and followed through *all* of their state, and never beyond the length on which they were trained {cite:p}`benettin1980lyapunov`.

# %% mystnb={"figure": {"name": "fig-lyapunov-exponents", "caption": "Above: the largest Lyapunov exponent under constant drives (that of tanh lies far below), and the norm of the gradient at each step, relative to the last; bands run from the least to the greatest seed. Below: eigenvalues of the recurrent weights after training, first seed; before it they all lie on the unit circle."}, "image": {"alt": "Above: exponents slightly above 0 with overlapping bands, and gradients that change by less than a few powers of ten over 64 steps. Below: four panels of dots on and around a unit circle."}}
figures.regulariser.plot_exponents(records)

# %% tags=["remove-input"]
claims.panel("regulariser")

# %% [markdown]
# Trained networks of all kinds end near 0, where their orthogonal first weights started them. Exponents differ more between seeds than between kinds of neurons. Noise in
# training is a fair rival, which the control asks about: on fresh seeds it did bring exponents nearer to 0.

# %% [markdown]
# :::{admonition} What would change our mind
# :class: tip
# * *Robustness*: adaptive networks that beat fixed ones of the same start on longer sequences or larger networks, with ten paired seeds. Under drift and drive they do on MNIST, on sequences of 196 pixels ([From digits to MNIST](../from_digits_to_mnist.md)).
# * *Gain scaling*: a fall of the *slope*, not of $n$ alone, that training brings about.
# * *Fractional orders*: an order by the corrected estimator that adaptive neurons have and static ones with the same weights have not.
# * *Regularisation*: exponents of adaptive networks nearer to 0 than those of fixed ones that are as accurate.
# :::
#
# ## Limits and hindsight
#
# *Scale.* The authors have 784 steps, 400 neurons and 100 epochs, and we far fewer of each. A difference that takes time to grow is missing here: it is there on MNIST, with three times as many steps ([From digits to MNIST](../from_digits_to_mnist.md)).
#
# *Further runs.* The same rules on fresh seeds (`fresh=1000`, 2000 and 3000) gave the same verdict for most claims. They left undecided, or decided otherwise, those whose intervals end near a threshold.
#
# *One data set, one split, no search.* Intervals are over first weights, orders of pixels, batches and noise, not over images. All plain networks share one learning rate; a higher one for gains and saturations alone did harm in
# the prototypes, since saturations left the range from 0 to 1.
#
# :::{admonition} What had been seen before the rules were written
# :class: note dropdown
# Prototypes on seeds 0 to 19 had shown that adaptive and fixed networks are alike and that both beat rectifiers; rules that rest on this wear the badge. The rules were written before any network of this chapter was trained.
# Then adaptive networks of seeds 900 to 902 were looked at, and fixed ones of seeds 900 and 901 with ordinary and with small first gains. Of these settings twelve epochs, instead of twenty, were kept, for the time that they save.
#
# The judged seeds were run once, but for GRU and LSTM: at the learning rate of the others they had hardly learned anything. Rates of .01, .03 and .06 were tried on seeds 900 and 901, and the last was taken. Even so they are no measure of
# what gated networks can do.
#
# The published measure of order, as it stands in the code, looks at the mean response among orders from 0 to 1; ours looks from -1 to 1, as theirs does for single neurons.
# :::
#
# ## Try it yourself
#
# Ask whether a response of your own is a fractional derivative (see [the instrument](../instruments/adaptation.md)):
#
# ```python
# import numpy as np
# from learning_geometry.instruments.fractional import fitted_order, published_order
#
# step = np.zeros(150)
# step[50:100] = 1.0
# response = 0.2 * step  # no memory at all
# published_order(response, step, slice(40, 110), reference=25)  # below 0: a derivative?
# fitted_order(response, step, slice(40, 110))  # order 0
# ```
#
# Then run `learning-geometry run adaptive_neurons -o mine.ipynb` with one change, and say first what you expect:
#
# 1. **Gains that learn faster**, `-p shape_rate=3`. By {eq}`eq-bound` the output hardly changes while gains are large, so expect gains to move further and accuracies to stay.
# 2. **Smaller gains**, `-p "first_gains=[1.0, 1.5]"`. Now a change of gain moves the output much more. Does the slope begin to fall with noise?
