"""The figures of the chapter, one module for each of its sections; none computes what a claim does not state."""
