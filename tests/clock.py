class Clock:
    """A clock that stands still until a test moves it: `clock.now += 0.1`, in seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
