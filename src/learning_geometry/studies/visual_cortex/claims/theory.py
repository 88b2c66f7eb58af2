"""Why one would want a power law: what a code's exponent costs in information and in sensitivity."""

from learning_geometry.claims import Above, Below, Claims, Estimate, exact
from learning_geometry.records import Records

claims = Claims(__name__)

_SOURCE = "our computation, after Stringer et al. 2019; of the paper's analysis we know no more than that there is one"


@claims.ours(
    "The more dimensions stimuli have, the nearer to 1 is the exponent at which efficiency and robustness cost the same.",
    source=_SOURCE,
    statistic="largest change of that exponent from one number of dimensions to the next, most neurons",
    rule=Below(0.0),
)
def costs_balance(records: Records) -> Estimate:
    return exact(records["theory", "costs"].crossing.isel(larger=-1).diff("dimension").max().item())


@claims.ours(
    "A code whose exponent is 1 becomes ever more sensitive as neurons are added, in any number of dimensions.",
    source=_SOURCE,
    statistic="least growth of sensitivity, relative to that of a flat spectrum, over dimensions, most neurons",
    rule=Above(0.1),
)
def sensitivity_diverges(records: Records) -> Estimate:
    return exact(records["theory", "costs"].gained_sensitivity.isel(larger=-1).sel(exponent=1.0).min().item())


@claims.ours(
    "The formulas for both costs describe simulated codes.",
    source=_SOURCE,
    statistic="largest relative difference between formula and simulation, over exponents and dimensions, both costs",
    rule=Below(0.05),
)
def theory_simulated(records: Records) -> Estimate:
    codes = records["simulated_codes"]
    errors = [abs(codes[cost] / codes[f"{cost}_formula"] - 1).max().item() for cost in ("sensitivity", "unexplained")]
    return exact(max(errors))
