"""How many parameters networks have, what a step costs, and the sizes at which kinds of networks are alike in these."""

GATES = {"gru": 3, "lstm": 4}


def parameters(model: str, hidden: int, controller: int, classes: int) -> int:
    """Numbers that are learnt, the read-out included."""
    count = GATES.get(model, 1) * hidden * (hidden + 2) + (hidden + 1) * classes
    shapes = {"homogeneous": 2, "heterogeneous": 2 * hidden, "adaptive": controller * (controller + 4) + 2}
    return count + shapes.get(model, 0)


def multiplications(model: str, hidden: int, controller: int) -> int:
    """Multiplications in the matrix products of one step of one sequence."""
    own = hidden * controller * (controller + 3) if model == "adaptive" else 0
    return GATES.get(model, 1) * hidden * (hidden + 1) + own


def matched_hidden(model: str, hidden: int, controller: int, classes: int) -> int:
    """The size of a network of another kind whose parameters are nearest in number to those of the adaptive one."""
    target = parameters("adaptive", hidden, controller, classes)
    return min(range(1, hidden + 2), key=lambda size: abs(parameters(model, size, controller, classes) - target))


def wide_hidden(hidden: int, controller: int) -> int:
    """The size of a plain network whose step costs as many multiplications as that of the adaptive one, or just more."""
    target = multiplications("adaptive", hidden, controller)
    size = hidden
    while multiplications("fixed", size, controller) < target:
        size += 1
    return size
