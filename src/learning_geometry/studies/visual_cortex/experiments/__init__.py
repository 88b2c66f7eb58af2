"""The experiments of the study: each module measures one kind of unit."""
