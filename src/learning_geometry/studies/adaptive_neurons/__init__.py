"""Neurons that learn and adapt their activation: robustness, coding and dynamics, after Geadah et al. 2024."""
