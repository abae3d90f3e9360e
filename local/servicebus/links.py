"""Links as proton has them: what they are attached to, how they are opened and how they are refused."""

from typing import Any

from proton import Condition, Link, Terminus, symbol

from local.servicebus.claims import path_of
from local.servicebus.errors import BusError, NotAllowedError

CBS = "$cbs"
MANAGEMENT = "/$management"
MESSAGE_LIMIT = 256 * 1024
"""Source: Microsoft Learn, "Service Bus quotas": standard tier, also for a batch."""
CREDIT = 500


def target(link: Any) -> str:
    """The name at the broker's end: an entity, its management node, or the claims node."""
    terminus = link.remote_source if link.is_sender else link.remote_target
    if not terminus.address:
        raise NotAllowedError("A link needs an address.")
    return path_of(terminus.address)


def is_request_node(path: str) -> bool:
    return path == CBS or path.lower().endswith(MANAGEMENT)


def echo(link: Any) -> None:
    """What the client asked for, to the byte: the SDK compares addresses."""
    link.source.copy(link.remote_source)
    link.target.copy(link.remote_target)
    link.snd_settle_mode, link.rcv_settle_mode = link.remote_snd_settle_mode, link.remote_rcv_settle_mode


def open_as_asked(link: Any) -> None:
    echo(link)
    if link.is_receiver:
        link.max_message_size = MESSAGE_LIMIT
    link.open()
    if link.is_receiver:
        link.flow(CREDIT)


def refuse(link: Any, error: BusError) -> None:
    """A link that is not open yet is attached without source and target, then closed.

    Source: AMQP 1.0 §2.6.3; an echoed attach would make the SDK believe that it is open.
    """
    if not link.state & Link.LOCAL_ACTIVE:
        link.source.type = link.target.type = Terminus.UNSPECIFIED
        link.open()
    link.condition = Condition(error.condition, str(error))
    link.close()


def is_closed(link: Any) -> bool:
    return bool(link.state & Link.LOCAL_CLOSED)


def filters(link: Any) -> dict[Any, Any]:
    """The filters that the client asked for."""
    data = link.remote_source.filter
    data.rewind()
    return (data.get_object() if data.next() else None) or {}


def rejection(error: BusError) -> Any:
    """With all three fields: the SDK reads the third, and proton leaves out an empty one."""
    return Condition(error.condition, str(error), {symbol("com.microsoft:stand-in"): True})
