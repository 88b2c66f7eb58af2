"""Study 4: which geometry plasticity has, read off the distribution of weight changes (arXiv:2305.19394)."""
