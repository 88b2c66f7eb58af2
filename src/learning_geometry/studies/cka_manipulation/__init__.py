"""Reliability of CKA as a Similarity Measure in Deep Learning (arXiv 2210.16156)."""
