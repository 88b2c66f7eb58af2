"""One module for each experiment; an underscore marks what several of them share."""
