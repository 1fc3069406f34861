"""The rule and its result, in the standard library alone."""
