"""The claims of the study of synaptic weights, by section of the chapter."""
