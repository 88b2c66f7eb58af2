"""Tracing the representation geometry of language models from pretraining to post-training (arXiv 2509.23024)."""
