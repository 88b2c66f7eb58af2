"""The experiments of the wiring study, one a module."""
