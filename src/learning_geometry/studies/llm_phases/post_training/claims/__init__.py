"""The claims of the chapter, one module a section, each claim with the function that computes its statistic."""
