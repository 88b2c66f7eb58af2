"""Study 2: whether the representations of visual areas and of networks are scale-free (arXiv:2509.13459)."""
