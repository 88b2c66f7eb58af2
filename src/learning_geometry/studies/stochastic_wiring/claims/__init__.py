"""The claims of the wiring study, section by section of its chapter."""
