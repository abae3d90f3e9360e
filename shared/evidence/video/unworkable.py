"""The one error of the process that works on videos."""

from shared.evidence.video.work import Failure


class Unworkable(Exception):  # noqa: N818 - says what happened
    """Nothing that a repetition would change."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure
