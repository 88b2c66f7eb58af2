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
epochs: int = 20  # passes over the training images
batch_size: int = 64  # images per step
learning_rate: float = 0.002  # of Adam, rising for a tenth of the steps, then falling
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
