"""The experiments of the study on successor features, one a module."""
