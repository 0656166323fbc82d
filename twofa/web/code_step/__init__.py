"""The step that asks for a code, for every purpose."""
