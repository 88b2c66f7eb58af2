"""The experiments of the study of adaptive neurons, one a module."""
