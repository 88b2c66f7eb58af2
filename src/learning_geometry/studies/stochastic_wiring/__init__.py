"""Stochastic wiring of cell types: populations of brains drawn from one genome, after Lachi et al. 2024."""
