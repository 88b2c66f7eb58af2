"""The claims of the chapter, one module for each of its sections."""
