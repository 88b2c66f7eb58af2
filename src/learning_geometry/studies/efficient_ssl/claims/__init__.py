"""The claims of the study of efficient self-supervision, section by section."""
