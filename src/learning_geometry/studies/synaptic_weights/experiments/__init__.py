"""The experiments of the study of synaptic weights."""
