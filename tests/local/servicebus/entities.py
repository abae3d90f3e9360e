"""The entities of the tests, in the official emulator's format."""

from typing import Any

Declared = dict[str, Any]


def queue(name: str, **properties: Any) -> Declared:
    return {"Name": name, "Properties": properties}


def rule(name: str, sql: str | None = None, action: str | None = None, **correlation: Any) -> Declared:
    properties: Declared = (
        {"FilterType": "Sql", "SqlFilter": {"SqlExpression": sql}}
        if sql is not None
        else {"FilterType": "Correlation", "CorrelationFilter": correlation}
    )
    return {"Name": name, "Properties": properties | ({"Action": {"SqlExpression": action}} if action else {})}


def subscription(name: str, *rules: Declared, **properties: Any) -> Declared:
    return {"Name": name, "Properties": properties} | ({"Rules": list(rules)} if rules else {})


FAULTY = [f"faulty{number}" for number in range(40)]
"""One for each test that breaks something."""

NAMESPACE: Declared = {
    "Name": "sbemulatorns",
    "Queues": [
        *(queue(name) for name in FAULTY),
        queue("plain", LockDuration="PT5S", MaxDeliveryCount=3),
        queue("many", LockDuration="PT1M"),
        queue("many-quick", LockDuration="PT1S", MaxDeliveryCount=1000),
        queue("quick", LockDuration="PT1S", MaxDeliveryCount=3),
        queue("renewed", LockDuration="PT5S"),
        queue("once", RequiresDuplicateDetection=True, DuplicateDetectionHistoryTimeWindow="PT5M"),
        queue("brief", DeadLetteringOnMessageExpiration=True, DefaultMessageTimeToLive="PT1S", LockDuration="PT3S"),
        queue("forgetful", DefaultMessageTimeToLive="PT1S"),
        queue("sessions", RequiresSession=True, LockDuration="PT5S", MaxDeliveryCount=3),
        queue("quick-sessions", RequiresSession=True, LockDuration="PT1S"),
        queue("next-sessions", RequiresSession=True),
        queue("no-sessions", RequiresSession=True),
        queue("listed-sync", RequiresSession=True),
        queue("listed-aio", RequiresSession=True),
        queue("hop1", ForwardTo="hop2"),
        queue("hop2", ForwardTo="hop3"),
        queue("hop3", ForwardTo="hop4"),
        queue("hop4", ForwardTo="hop5"),
        queue("hop5", ForwardTo="end"),
        queue("end"),
        queue("from-events"),
        queue("undertaken", ForwardDeadLetteredMessagesTo="graveyard", MaxDeliveryCount=1),
        queue("graveyard"),
        queue("into-sessions", ForwardTo="sessions"),
    ],
    "Topics": [
        {
            "Name": "events",
            "Subscriptions": [
                subscription("all"),
                subscription("red", rule("r", Label="l1", Properties={"colour": "red"})),
                subscription("big", rule("r", sql="sys.Label LIKE 'l%' AND qty > 10")),
                subscription("changed", rule("r", sql="qty = 20", action="SET sys.Label = 'big'; REMOVE colour")),
                subscription(
                    "twice",
                    rule("plain", sql="qty = 20"),
                    rule("plain too", sql="qty > 10"),
                    rule("acting", sql="qty = 20", action="SET seen = qty + 1"),
                ),
                subscription("forwarded", rule("r", sql="colour = 'blue'"), ForwardTo="from-events"),
            ],
        },
        {"Name": "fragile", "Subscriptions": [subscription("once", MaxDeliveryCount=1)]},
        {"Name": "edited", "Subscriptions": [subscription("edited", rule("r", sql="1=0"))]},
        {
            "Name": "strict",
            "Subscriptions": [
                subscription("broken", rule("r", sql="size % ratio LIKE 'x' ESCAPE mark")),
                subscription("in-sessions", RequiresSession=True),
            ],
        },
    ],
}
