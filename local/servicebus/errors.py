"""What a client is told when something fails: an AMQP error condition, and a status for answers to requests.

Source: azure-sdk-for-python azure-servicebus, ``_common/constants.py`` and ``_transport/_pyamqp_transport.py``.
"""


class BusError(Exception):
    condition = "amqp:internal-error"
    status = 500


class EntityNotFoundError(BusError):
    condition, status = "amqp:not-found", 404

    def __init__(self, path: str) -> None:
        super().__init__(f"The messaging entity '{path}' could not be found.")


class MessageNotFoundError(BusError):
    condition, status = "com.microsoft:message-not-found", 404


class MessageLockLostError(BusError):
    condition, status = "com.microsoft:message-lock-lost", 410

    def __init__(self) -> None:
        super().__init__(
            "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the"
            " queue."
        )


class SessionLockLostError(BusError):
    condition, status = "com.microsoft:session-lock-lost", 410

    def __init__(self) -> None:
        super().__init__("The session lock has expired. Accept the session again.")


class SessionCannotBeLockedError(BusError):
    condition, status = "com.microsoft:session-cannot-be-locked", 409

    def __init__(self, session: str) -> None:
        super().__init__(f"The requested session '{session}' cannot be accepted. It may be locked by another receiver.")


class NoSessionInTimeError(BusError):
    condition, status = "com.microsoft:timeout", 408

    def __init__(self) -> None:
        super().__init__("No session became available in time.")


class MessageTooLargeError(BusError):
    condition, status = "amqp:link:message-size-exceeded", 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"The message exceeds the limit of {limit} bytes.")


class UndecodableError(BusError):
    condition, status = "amqp:decode-error", 400


class NotAllowedError(BusError):
    condition, status = "amqp:not-allowed", 400


class ArgumentError(BusError):
    condition, status = "com.microsoft:argument-error", 400


class RuleExistsError(BusError):
    condition, status = "com.microsoft:entity-already-exists", 409


class UnauthorizedError(BusError):
    condition, status = "amqp:unauthorized-access", 401


class UnsupportedError(BusError):
    condition, status = "amqp:not-implemented", 501


class InjectedError(BusError):
    """A fault that was asked for."""

    def __init__(self, condition: str) -> None:
        super().__init__("This fault was asked for.")
        self.condition = condition
