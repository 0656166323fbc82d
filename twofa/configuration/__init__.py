"""The settings of an installation, read from the environment and ``.env``."""
