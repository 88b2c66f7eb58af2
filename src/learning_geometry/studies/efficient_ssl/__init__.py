"""Small projectors and more views: efficient self-supervised learning, after Ghosh et al. 2024."""
