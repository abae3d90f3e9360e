"""The bench of plate reads measures what it says: a listed vehicle that is a passage of its own each time."""

from collections import Counter
from itertools import islice

from tests.bench.plates_load import CAMERAS, ONE_IN, passages


def test_no_camera_sees_a_listed_vehicle_twice() -> None:
    """Twice within half a minute is one passage, and makes no second alert: the bench once waited for those."""
    reads = 30_000
    listed = [each for each in islice(passages(), reads) if each.listed]
    assert len(listed) == len({(each.camera, each.plate) for each in listed}) == reads // ONE_IN
    share = Counter(each.camera for each in islice(passages(), reads))
    assert len(share) == CAMERAS
    assert max(share.values()) - min(share.values()) <= reads // CAMERAS // 100
