"""What is claimed of networks rests on these ranks, this noise and this attack, wherever others are measured as well."""

from typing import Any

from learning_geometry.records import MissingExperiment, Records

WINDOW, NOISE, ATTACK = "1-60", 0.2, 0.02


def of_arm(records: Records, arm: str, **chosen: Any) -> Any:
    """What describes the features of a network, `(seed,)` each, at the `chosen` window, noise or attack.

    Raises:
        MissingExperiment: no network was trained, or what is chosen was not among what was asked for.
    """
    features = records["networks", "features"]
    for name, value in chosen.items():
        if value not in features[name].values:
            raise MissingExperiment(f"networks with the {name} {value}", {}, list(features[name].values))
    return features.sel(arm=arm, **chosen)


def curvature(records: Records, arm: str) -> Any:
    """The curvature of a network's spectrum over ranks 1 to 60, `(seed,)`."""
    return of_arm(records, arm, window=WINDOW).curvature
