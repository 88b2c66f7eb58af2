"""Colours and names of the models, alike in all figures."""

from learning_geometry import drawing

LOOKS = {
    "adaptive": ("adaptive", drawing.BLUE),
    "heterogeneous": ("heterogeneous", drawing.ORANGE),
    "homogeneous": ("homogeneous", drawing.SKY),
    "fixed": ("fixed", drawing.BLACK),
    "relu": ("ReLU", drawing.RED),
    "tanh": ("tanh", drawing.GREEN),
    "gru": ("GRU", drawing.PINK),
    "lstm": ("LSTM", "#8C564B"),
}
"""Name and colour of each model."""
