"""Parts that texts, sounds and series share: all take a sequence ``(length, d)`` and its mask ``(length,)``, true where it is real."""
