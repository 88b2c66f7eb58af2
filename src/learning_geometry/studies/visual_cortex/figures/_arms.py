"""What figures call a network, its colour and its marker; an ellipsis stands for the network before it."""

from learning_geometry.drawing import BLUE, GREEN, GREY, ORANGE, PINK, RED, SKY

ARMS = {
    "random": ("random", GREY, "o"),
    "barlow_twins": ("Barlow Twins", BLUE, "o"),
    "continued": ("… continued", BLUE, "D"),
    "fine_tuned": ("… then digits", RED, "o"),
    "fine_tuned_augmented": ("… then digits, augmented", RED, "D"),
    "fine_tuned_place": ("… then place", ORANGE, "v"),
    "fine_tuned_photograph": ("… then which photograph", ORANGE, "P"),
    "fine_tuned_permuted": ("… then shuffled digits", PINK, "X"),
    "vicreg": ("VICReg", SKY, "s"),
    "fine_tuned_vicreg": ("… then digits", RED, "s"),
    "supervised": ("supervised", GREEN, "^"),
}


def in_full(arm: str) -> str:
    """The name of a network that stands alone."""
    parent = "VICReg" if arm.endswith("vicreg") else "Barlow Twins"
    return ARMS[arm][0].replace("… ", f"{parent}, ")
