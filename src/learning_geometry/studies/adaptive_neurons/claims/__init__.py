"""The claims of the study of adaptive neurons, section by section of its chapter."""
