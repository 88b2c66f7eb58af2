"""The figures of the chapter, by section: each takes records and draws; none computes what a claim does not state."""
