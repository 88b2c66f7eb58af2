"""Materials are what is measured: images, corpora, checkpoints, networks and their training."""
