"""Successor features, the simple way: agents that learn features and values from pixels, after Chua et al. 2024."""
