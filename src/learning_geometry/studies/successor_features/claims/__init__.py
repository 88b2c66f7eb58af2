"""The claims of the study on successor features, section by section of its chapter."""
