"""The names of actions, purposes and fields as a court reads them. The log's own name stands beside each action."""

import re

ACTIONS = {
    "evidence:upload": "Leave to upload it was given",
    "evidence:scan:clean": "Scanned for malware: nothing found",
    "evidence:scan:malicious": "Scanned for malware: malicious",
    "evidence:store": "Examined, fingerprinted and sealed",
    "evidence:refuse": "Examined and refused",
    "evidence:read": "Its description was read",
    "evidence:open-rendition": "The rendition was opened",
    "evidence:open-original": "The original was opened",
    "evidence:regions": "The suggested faces were looked at",
    "evidence:obscure": "Bystanders were made unrecognisable",
    "evidence:suggest": "Faces in the recording were to be looked for",
    "evidence:find": "Faces in the recording were looked for",
    "evidence:find-failed": "Faces in the recording could not be looked for",
    "evidence:render": "The recording was painted",
    "evidence:render-failed": "The recording could not be painted",
    "evidence:cancel": "Work on the recording was stopped",
    "evidence:list": "It was seen in the list of a report",
    "evidence:destroy-original": "The original was destroyed",
    "evidence:custody": "This chain was read",
    "case:bundle": "A bundle was asked for",
    "case:link": "It was put into a case",
    "case:unlink": "It was taken out of a case",
    "bundle:approve": "A second person agreed to a bundle",
    "bundle:build": "A bundle was built",
    "bundle:fail": "A bundle could not be built",
    "bundle:fetch": "A bundle was fetched",
    "bundle:withdraw": "A bundle was withdrawn",
}
PURPOSES = {
    "PREVENT_RISK": "prevent a risk",
    "INVESTIGATE": "investigate",
    "NOTIFY_LE": "report to law enforcement",
    "LEGAL_ACTION": "legal proceedings",
}


def action(name: str) -> str:
    """A name without words stands for itself."""
    return f"{ACTIONS[name]} ({name})" if name in ACTIONS else name


def purpose(name: str | None) -> str | None:
    return PURPOSES.get(name, name) if name else None


def field(name: str) -> str:
    """``reportedBy`` as "reported by"."""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).lower()
