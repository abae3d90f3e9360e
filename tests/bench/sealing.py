"""What sealing and tokens cost beside the bare primitives, and how often keys are fetched."""

import hmac
import secrets
import time
import uuid
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.sealing.envelope import Place, RecordKey, open_, seal
from shared.sealing.tokens import plate_tokens, token
from shared.storage.cosmos import metered
from tests.support.world import World, theft

SECONDS = 1.0
FIELD = secrets.token_bytes(200)
KEY = RecordKey(str(uuid.uuid4()), secrets.token_bytes(32))
PLACE = Place(str(uuid.uuid4()), "reports", str(uuid.uuid4()), "whatHappened", 1)
OPERATIONS = 1_000


def rows() -> list[tuple[str, str]]:
    aad, bare = PLACE.associated_data(KEY.id), AESGCM(KEY.secret)
    envelope, nonce = seal(FIELD, KEY, PLACE), secrets.token_bytes(12)
    sealed = bare.encrypt(nonce, FIELD, aad)
    rates = {
        "AES-256-GCM alone, fresh nonce": _rate(lambda: bare.encrypt(secrets.token_bytes(12), FIELD, aad)),
        "seal a field of 200 bytes": _rate(lambda: seal(FIELD, KEY, PLACE)),
        "AES-256-GCM alone, decrypt": _rate(lambda: bare.decrypt(nonce, sealed, aad)),
        "open a field of 200 bytes": _rate(lambda: open_(envelope, KEY, PLACE)),
        "HMAC-SHA256 alone": _rate(lambda: hmac.digest(KEY.secret, b"plate|AB12CDE", "sha256")),
        "one token": _rate(lambda: token(KEY.secret, "plate", "AB12CDE")),
        "both tokens of a plate": _rate(lambda: plate_tokens(KEY.secret, "AB12 CDE")),
    }
    names = list(rates)
    ratios = {names[1]: names[0], names[3]: names[2], names[5]: names[4], names[6]: names[4]}
    return [
        (name, f"{rate:,.0f}/s" + (f", 1 : {rates[ratios[name]] / rate:.1f}" if name in ratios else ""))
        for name, rate in rates.items()
    ]


async def fetches(world: World) -> list[tuple[str, str]]:
    """Calls to the vault and reads of the keyring for a thousand readings of ten reports by a worker that is new."""
    platform, reader = world.platform, world.investigator.principal
    forms = [ReportSubmission.model_validate(theft(world)) for _ in range(10)]
    made = [
        await reports.submit(platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False) for form in forms
    ]
    platform.roots.forget()
    platform.keyring.forget()
    asked = _counted(platform)
    with metered() as meter:
        for number in range(OPERATIONS):
            await reports.read(platform, reader, made[number % 10].id, Purpose.INVESTIGATE)
    keys = len(meter.calls) - 2 * OPERATIONS  # a reading is the record and its audit entry; the rest is keys and quotas
    return [
        (f"Key Vault calls for {OPERATIONS:,} readings", str(asked())),
        (f"other Cosmos calls for {OPERATIONS:,} readings of 10 records (keys, quotas)", str(keys)),
    ]


def _counted(platform: Platform) -> Callable[[], int]:
    vault, calls = platform.roots._vault, [0]
    plain = vault.get_secret

    async def counting(*arguments: object, **named: object) -> object:
        calls[0] += 1
        return await plain(*arguments, **named)  # type: ignore[arg-type]

    vault.get_secret = counting  # type: ignore[method-assign,assignment]
    return lambda: calls[0]


def _rate(work: Callable[[], object]) -> float:
    count, until = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        for _ in range(100):
            work()
        count += 100
    return count / SECONDS


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=": ")
