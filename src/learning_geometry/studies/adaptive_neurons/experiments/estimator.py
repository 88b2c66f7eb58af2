"""Two estimators of fractional order on responses whose order is known."""

from typing import TYPE_CHECKING, ClassVar

from learning_geometry.studies.types import Count, Distinct, Rising
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Estimator(Unit):
    """Steps that are scaled, and steps that are differentiated or integrated, without noise."""

    deterministic: ClassVar[bool] = True

    amplitudes: Rising
    true_orders: Distinct[float]
    response_times: Count


def measure(unit: Estimator, execution: Execution) -> "xr.Dataset":
    """Orders `(estimator, true, amplitude)` that two estimators give responses of a true order and amplitude.

    The response is the amplitude times the causal integral of that order of a unit step in the middle third, a derivative where the order
    is negative. With order 0 it has no memory: a scaled copy of the step, as a neuron gives that only saturates. `response (true, time)`
    has amplitude 1.

    Source: our own; the published estimator after the authors' public code.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.instruments.fractional import fitted_order, grunwald_letnikov, published_order

    times = unit.response_times
    window, reference = slice(4 * times // 15, 11 * times // 15), times // 6
    step = np.zeros(times)
    step[times // 3 : 2 * times // 3] = 1.0
    responses = [grunwald_letnikov(step, -order) for order in unit.true_orders]
    orders = np.empty((2, len(unit.true_orders), len(unit.amplitudes)))
    for i, response in enumerate(responses):
        for j, amplitude in enumerate(unit.amplitudes):
            scaled = amplitude * response
            orders[0, i, j] = published_order(scaled, step, window, reference).order
            orders[1, i, j] = fitted_order(scaled, step, window).order
    return xr.Dataset(
        {
            "order": (("estimator", "true", "amplitude"), orders),
            "response": (("true", "time"), np.stack(responses)),
        },
        coords={
            "estimator": ["published", "fitted"],
            "true": unit.true_orders,
            "amplitude": unit.amplitudes,
            "time": np.arange(1, times + 1),
        },
    )
