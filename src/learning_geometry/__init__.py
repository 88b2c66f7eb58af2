"""An executable companion to eight papers on the geometry of learning in brains and machines."""
