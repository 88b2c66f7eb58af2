"""The claims of the CKA study, section by section of its chapter."""
