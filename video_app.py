"""The second app: works on videos. Its packages are heavy, so the app that answers people does without them.

It has no HTTP functions and scales with its queue. `scripts/package.sh` puts it up for Azure.
"""

import logging
import os

import azure.functions as func

from functions import video_work
from shared.telemetry import export

export.configure(os.environ)
logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs would log every request's headers

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(video_work.blueprint)
