"""A claim on real synapses, where the reader has their table."""

from learning_geometry.claims import Below, Claims, Estimate
from learning_geometry.records import Records

claims = Claims(__name__)


@claims.paper(
    "If all synapses had once been equal, the sizes of real spines rule out Euclidean plasticity.",
    source="remark of the authors on their own data, quoted in the public reviews; the table and the statistic are ours",
    statistic="exponent of Box and Cox that makes spine volumes most Gaussian, plus one",
    rule=Below(1.5),
    absent="the table of the MICrONS release is not part of this project; give spine_table",
)
def spines(records: Records) -> Estimate:
    table = records["spines"]
    low, high = table.interval.values.tolist()
    note = f"{table.sizes['spine']:,} spines, one time only"
    return Estimate(float(table.exponent), low, high, method="likelihood ratio", n_seeds=1, note=note)
