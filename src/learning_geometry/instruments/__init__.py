"""Instruments measure geometry and know no study."""
