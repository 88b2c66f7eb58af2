"""`python -m learning_geometry` is `learning-geometry`."""

import sys

from learning_geometry.cli import entry

sys.exit(entry())
