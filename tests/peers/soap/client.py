"""A SOAP client of zeep: `client.py WSDL ADDRESS`, calls as JSON on standard input, results as JSON on standard output.
An empty address is the one that the WSDL says.

A call is `[operation, arguments]`, or `[operation, arguments, header blocks]`.
"""

import json
import sys

import zeep
from zeep.helpers import serialize_object


def main(wsdl, address):
    client = zeep.Client(wsdl)
    service = client.create_service(next(iter(client.wsdl.bindings)), address) if address else client.service
    results = [call(client, service, *each) for each in json.load(sys.stdin)]
    json.dump(results, sys.stdout, default=str)


def call(client, service, operation, arguments, blocks=None):
    try:
        result = getattr(service, operation)(**arguments, _soapheaders=blocks)
        return serialize_object(result, dict)
    except zeep.exceptions.Fault as fault:
        detail = None if fault.detail is None else [child.tag for child in fault.detail]
        return {"fault": fault.message, "code": fault.code, "detail": detail}


main(*sys.argv[1:])
