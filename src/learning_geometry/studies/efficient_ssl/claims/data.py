"""Claims on the number of images, at equal passes through the network, with the control that was missing."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims._cells import POINTS, gain

claims = Claims(__name__)

_PILOT = "a prototype and runs on other seeds had been seen when the rule was written"
_IMAGES = "Images are what is saved: at equal steps half of them do worse than all, with two views, with four, and on the second images."


@claims.paper(
    "With more augmentations the pretraining set can be halved at the same accuracy.",
    source="abstract; a margin of one point is ours",
    statistic="accuracy from five labels a class with four views of half of the images, half of the steps, minus that with two views of all, "
    "mean over seeds",
    unit="points",
    rule=Above(-1.0),
    headline=True,
    hindsight=_PILOT,
)
def half_data(records: Records) -> Estimate:
    return per_seed(gain(records, "4 views, 1/2 steps, 1/2 images", "2 views"), bounds=POINTS)


@claims.control(
    "It takes the views: two views of half of the images for as many epochs are worse than two of all.",
    of="half-data",
    statistic="accuracy from five labels a class with two views of half of the images, half of the steps, minus that with two views of all, "
    "mean over seeds",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight=_PILOT,
)
def two_views_of_half(records: Records) -> Estimate:
    return per_seed(gain(records, "2 views, 1/2 steps, 1/2 images", "2 views"), bounds=POINTS)


@claims.ours(
    "Images are what is saved: with two views and as few steps, half of the images do worse than all of them.",
    statistic="accuracy from five labels a class with two views of all images minus that with two views of half of them, both for half of the "
    "steps, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight=_PILOT,
    matrix=_IMAGES,
)
def images_matter(records: Records) -> Estimate:
    return per_seed(gain(records, "2 views, 1/2 steps", "2 views, 1/2 steps, 1/2 images"), bounds=POINTS)


@claims.ours(
    "Steps are what is saved: two views of all images do worse for half of the steps than for all of them.",
    statistic="accuracy from five labels a class with two views of all images for all steps minus that for half of them, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight=_PILOT,
)
def steps_matter(records: Records) -> Estimate:
    return per_seed(gain(records, "2 views", "2 views, 1/2 steps"), bounds=POINTS)


@claims.ours(
    "Half of the steps cost more accuracy than half of the images do.",
    statistic="loss of accuracy from five labels a class of two views when the steps are halved, minus the loss when at half of the steps the images "
    "are halved too, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight="written after the judged numbers had been seen, since the two claims before do not compare the two",
)
def steps_over_images(records: Records) -> Estimate:
    steps = gain(records, "2 views", "2 views, 1/2 steps")
    return per_seed(
        steps - gain(records, "2 views, 1/2 steps", "2 views, 1/2 steps, 1/2 images"), bounds=(-200.0, 200.0)
    )


@claims.ours(
    "With four views all images are better than half of them, at equal steps.",
    statistic="accuracy from five labels a class with four views of all images minus that with four views of half of them, both for half of the "
    "steps, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight=_PILOT,
    matrix=_IMAGES,
)
def images_matter_with_four(records: Records) -> Estimate:
    return per_seed(gain(records, "4 views, 1/2 steps", "4 views, 1/2 steps, 1/2 images"), bounds=POINTS)


@claims.ours(
    "A quarter of the images will do, with eight views.",
    source="the abstract of version 1, which version 2 no longer says; a margin of one point is ours",
    statistic="accuracy from five labels a class with eight views of a quarter of the images, a quarter of the steps, minus that with two views "
    "of all, mean over seeds",
    unit="points",
    rule=Above(-1.0),
    hindsight=_PILOT,
)
def quarter_data(records: Records) -> Estimate:
    return per_seed(gain(records, "8 views, 1/4 steps, 1/4 images", "2 views"), bounds=POINTS)


@claims.paper(
    "On the second set of images, too, the pretraining set can be halved with more augmentations.",
    source="abstract; images and margin are ours",
    statistic="as on the first images, mean over seeds",
    unit="points",
    rule=Above(-1.0),
    hindsight=_PILOT,
)
def half_data_second(records: Records) -> Estimate:
    return per_seed(gain(records, "4 views, 1/2 steps, 1/2 images", "2 views", "second"), bounds=POINTS)


@claims.ours(
    "On the second images, with two views and as few steps, half of the images do worse than all of them.",
    statistic="as on the first images, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight=_PILOT,
    matrix=_IMAGES,
)
def images_matter_second(records: Records) -> Estimate:
    difference = gain(records, "2 views, 1/2 steps", "2 views, 1/2 steps, 1/2 images", "second")
    return per_seed(difference, bounds=POINTS)
