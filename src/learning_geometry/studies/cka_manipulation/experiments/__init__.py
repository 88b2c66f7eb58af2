"""The experiments of the CKA study: each measures one unit of work."""
