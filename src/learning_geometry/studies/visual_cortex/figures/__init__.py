"""The figures of the study, a module for each section of the chapter."""
