"""Takes note of failures."""

import logging

from wasmgate import observer


@observer()
def observe(request, reply, config):
    if reply.status >= 500:
        logging.warning("%s %s: %s", request.method, request.path, reply.status)
