"""One form a file: what a person sets before a search starts."""
