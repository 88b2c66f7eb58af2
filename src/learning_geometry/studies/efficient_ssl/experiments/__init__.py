"""The experiments of the study of efficient self-supervision, one a module."""
