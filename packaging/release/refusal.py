"""What stops a release."""


class Refusal(Exception):
    """One sentence that names the thing and the remedy."""
