"""Whatever people do with profiles, in whatever order: links, tokens, keys and aggregates stay consistent.

Each walk takes steps by chance (merge, split, link, take away, erase a profile, forget a report) and looks at
everything after each of them.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.insights import cubes
from shared.people import joining, links, service
from shared.people.models import (
    PEOPLE,
    CloseForm,
    Confidence,
    EndKind,
    LinkForm,
    MergeForm,
    Profile,
    ProfileForm,
    SplitForm,
)
from shared.people.service import tokens_by
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.retention import disposal
from shared.retention.kinds import KINDS
from tests.support.world import World, theft

PURPOSE = Purpose.INVESTIGATE
WHY = "Compared on film."
NAMES = [f"{first} {last}" for first in ("Erika", "Max", "Zoë") for last in ("Mustermann", "Beispiel")]
STEPS = 14


@dataclass
class Walk:
    """What should be there: the reports and names of each profile, worked out beside the program."""

    world: World
    chance: Random
    reports: list[str] = field(default_factory=list)
    profiles: dict[str, set[str]] = field(default_factory=dict)
    """Of each profile the reports it is linked with."""
    names: dict[str, set[str]] = field(default_factory=dict)
    pairs: set[frozenset[str]] = field(default_factory=set)
    """Profiles that are linked with each other."""
    erased: list[str] = field(default_factory=list)
    forgotten: int = 0

    async def begin(self) -> None:
        self.counted = await self.cells()
        for _ in range(5):
            await self.report()
        for _ in range(3):
            await self.open()

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def report(self) -> None:
        occurred = (self.world.platform.clock.now() - timedelta(hours=self.chance.randint(1, 99))).isoformat()
        form = ReportSubmission.model_validate(theft(self.world, occurredAt=occurred))
        author = self.world.investigator.principal
        made = await reports.submit(self.world.platform, author, form, uuid.uuid4().hex, notify=False)
        self.reports.append(made.id)

    async def open(self) -> None:
        chosen = self.chance.sample(self.reports, min(len(self.reports), self.chance.randint(1, 3)))
        names = self.chance.sample(NAMES, 2)
        ends = (self.world.platform.clock.now() + timedelta(days=90)).isoformat()
        named = [{"reportId": each, "reason": WHY, "confidence": "probable"} for each in chosen]
        body = {"subject": "person", "label": "Somebody", "reason": WHY, "names": names, "reviewAt": ends}
        form = ProfileForm.model_validate(body | {"reports": named})
        made = await service.open_profile(
            self.world.platform, self.world.investigator.principal, form, PURPOSE, uuid.uuid4().hex
        )
        self.profiles[made.id], self.names[made.id] = set(chosen), set(names)

    async def merge(self) -> None:
        if len(self.profiles) < 2:
            return
        into, other = self.chance.sample(sorted(self.profiles), 2)
        profile = await self.read(into)
        form = MergeForm.model_validate({"otherId": other, "reason": WHY})
        author = self.world.investigator.principal
        await joining.merge(self.world.platform, author, into, form, PURPOSE, profile.etag)
        self.profiles[into] |= self.profiles.pop(other)
        self.names[into] |= self.names.pop(other)
        moved = {frozenset(into if each == other else each for each in pair) for pair in self.pairs}
        self.pairs = {pair for pair in moved if len(pair) == 2}
        self.erased.append(other)

    async def split(self) -> None:
        whole = self.chance.choice(sorted(self.profiles))
        if len(self.profiles[whole]) < 2:
            return
        report, name = min(self.profiles[whole]), min(self.names[whole])
        body = {"label": "The other", "reason": WHY, "names": [name]}
        body |= {"linkIds": [links.link_id(self.world.home.id, whole, report)]}
        body |= {"reviewAt": (self.world.platform.clock.now() + timedelta(days=30)).isoformat()}
        form, author = SplitForm.model_validate(body), self.world.investigator.principal
        _, fresh = await joining.split(self.world.platform, author, whole, form, PURPOSE, uuid.uuid4().hex)
        self.profiles[whole] -= {report}
        self.names[whole] -= {name}
        self.profiles[fresh.id], self.names[fresh.id] = {report}, {name}

    async def link(self) -> None:
        if len(self.profiles) < 2:
            return
        one, other = self.chance.sample(sorted(self.profiles), 2)
        await self.add(one, EndKind.PERSON, other)
        self.pairs.add(frozenset((one, other)))

    async def link_report(self) -> None:
        one, report = self.chance.choice(sorted(self.profiles)), self.chance.choice(self.reports)
        await self.add(one, EndKind.REPORT, report)
        self.profiles[one].add(report)

    async def add(self, one: str, kind: EndKind, other: str) -> None:
        profile, author = await self.read(one), self.world.investigator.principal
        form = LinkForm(kind=kind, id=uuid.UUID(other), reason=WHY, confidence=Confidence.POSSIBLE)
        known = frozenset((one, other)) in self.pairs or other in self.profiles[one]
        try:
            await service.link(self.world.platform, author, one, form, PURPOSE, profile.etag)
        except Conflict:
            assert known
        else:
            assert not known

    async def unlink(self) -> None:
        one = self.chance.choice(sorted(self.profiles))
        report = self.chance.choice(sorted(self.profiles[one]))
        profile, identifier = await self.read(one), links.link_id(self.world.home.id, one, report)
        author = self.world.investigator.principal
        try:
            await service.unlink(self.world.platform, author, one, identifier, WHY, PURPOSE, profile.etag)
        except Conflict:
            assert len(self.profiles[one]) == 1
        else:
            self.profiles[one] -= {report}

    async def erase(self) -> None:
        """One of two linked people, if there are any: what was said of the two goes with the one."""
        if len(self.profiles) < 2:
            return
        linked = sorted(each for pair in self.pairs for each in pair)
        gone = self.chance.choice(linked or sorted(self.profiles))
        profile, author = await self.read(gone), self.world.privacy_officer.principal
        await service.close(self.world.platform, author, gone, CloseForm(reason=WHY), PURPOSE, profile.etag)
        document = await self.world.platform.container(PEOPLE).read(gone, [self.world.home.id, gone])
        await disposal.dispose(self.world.platform, disposal.order_for(KINDS["profile"], document))
        del self.profiles[gone], self.names[gone]
        self.pairs = {pair for pair in self.pairs if gone not in pair}
        self.erased.append(gone)

    async def forget_report(self) -> None:
        """One that no profile rests on alone."""
        alone = {min(each) for each in self.profiles.values() if len(each) == 1}
        free = [each for each in self.reports if each not in alone]
        if len(free) < 2:
            return
        gone, home = self.chance.choice(free), self.world.home.id
        container = self.world.platform.container("reports")
        document = await container.read(gone, [home, gone])
        past = document | {"disposeAt": "2020-01-01T00:00:00.000Z"}
        await container.replace(past, document["_etag"])
        await disposal.dispose(self.world.platform, disposal.order_for(KINDS["report"], past))
        self.reports.remove(gone)
        for each in self.profiles.values():
            each.discard(gone)
        self.forgotten += 1

    # -- what has to hold --------------------------------------------------------------------------------------------

    async def check(self) -> None:
        home = self.world.home.id
        index = await self.world.platform.keyring.index(home)
        for identifier, linked in self.profiles.items():
            profile = await self.read(identifier)
            assert set(profile.names) == self.names[identifier]
            expected = tokens_by(index.newest, profile)
            assert profile.model_dump(include=set(expected)) == expected
            ends = Counter(each.other(identifier) for each in await links.of(self.world.platform, home, identifier))
            companions = {next(iter(pair - {identifier})) for pair in self.pairs if identifier in pair}
            wanted = {(EndKind.REPORT, each) for each in linked} | {(EndKind.PERSON, each) for each in companions}
            assert ends == Counter(wanted)
        for gone in self.erased:
            assert await links.neighbours(self.world.platform, home, gone) == []
            with pytest.raises(NotFound):
                await self.world.platform.keyring.refetch(home, gone)
        assert await self.cells() - self.counted == self.forgotten

    async def cells(self) -> int:
        text = "SELECT c.count FROM c WHERE c.kind = 'cell'"
        rows = self.world.platform.container(cubes.CONTAINER).query(text, key=self.world.home.id)
        return sum([int(each["count"]) async for each in rows])

    async def read(self, identifier: str) -> Profile:
        return await self.world.platform.records(Profile).read(identifier, [self.world.home.id, identifier])


@pytest.mark.parametrize("seed", range(6))
async def test_everything_stays_consistent(world: World, seed: int) -> None:
    walk = Walk(world, Random(seed))
    await walk.begin()
    steps = (walk.merge, walk.split, walk.link, walk.link_report, walk.unlink, walk.erase, walk.forget_report)
    for step in walk.chance.choices([*steps, walk.open, walk.report], [2, 2, 4, 3, 1, 1, 1, 2, 1], k=STEPS):
        await step()
        await walk.check()


async def test_an_interrupted_merge_is_finished_by_whoever_sends_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(world, Random(1))
    await walk.begin()
    into, other = sorted(walk.profiles)[:2]
    form = MergeForm.model_validate({"otherId": other, "reason": WHY})
    author, profile = world.investigator.principal, await walk.read(into)

    async def torn(*_: object) -> None:
        raise Invalid("The worker went away.")

    with monkeypatch.context() as broken:
        broken.setattr(links, "remove", torn)
        with pytest.raises(Invalid):
            await joining.merge(world.platform, author, into, form, PURPOSE, profile.etag)
    await joining.merge(world.platform, author, into, form, PURPOSE, "stale")
    walk.profiles[into] |= walk.profiles.pop(other)
    walk.names[into] |= walk.names.pop(other)
    walk.erased.append(other)
    await walk.check()
