"""The composition root: creates the FunctionApp and registers every blueprint; nothing else."""

import logging
import os

import azure.functions as func

from functions import (
    accountability,
    alerts,
    audit,
    breaches,
    bundles,
    cases,
    complaints,
    deliveries,
    evidence,
    insights,
    intelligence,
    keys,
    organisations,
    people,
    plates,
    policy,
    preferences,
    public,
    reports,
    retention,
    rights,
    rights_public,
    searches,
    sharing,
    system,
    transparency,
    videos,
)
from shared.telemetry import export

CAPABILITIES = (
    accountability,
    alerts,
    audit,
    breaches,
    bundles,
    cases,
    deliveries,
    complaints,
    evidence,
    insights,
    intelligence,
    keys,
    organisations,
    people,
    plates,
    policy,
    preferences,
    public,
    reports,
    retention,
    rights,
    rights_public,
    searches,
    sharing,
    system,
    transparency,
    videos,
)

export.configure(os.environ)
logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs would log every request's headers

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for module in CAPABILITIES:
    app.register_functions(module.door.blueprint)
