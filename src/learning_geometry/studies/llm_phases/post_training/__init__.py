"""What post-training does to the representation geometry of language models, the second half of the study."""
