"""What is measured about post-training, one experiment a module."""
