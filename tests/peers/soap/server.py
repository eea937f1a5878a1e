"""A SOAP service of spyne: document/literal, wrapped and bare, SOAP 1.1 at /soap11 and 1.2 at /soap12.

Prints its port, and ends with its standard input.
"""

import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

from spyne import (
    Application, Boolean, ComplexModel, DateTime, Decimal, Enum, Fault, Int, ServiceBase, Unicode, XmlAttribute, rpc,
)
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication
from spyne.util.wsgi_wrapper import WsgiMounter

NAMESPACE = "urn:shop"
State = Enum("open", "sent", type_name="State")


class Item(ComplexModel):
    __namespace__ = NAMESPACE
    _type_info = [
        ("sku", Unicode(min_occurs=1, nillable=False)),
        ("quantity", Int(min_occurs=1, nillable=False, ge=1)),
        ("price", Decimal),
        ("currency", XmlAttribute(Unicode)),
    ]


class Order(ComplexModel):
    __namespace__ = NAMESPACE
    _type_info = [
        ("id", Int(min_occurs=1, nillable=False)),
        ("customer", Unicode(min_occurs=1, nillable=True)),
        ("item", Item.customize(min_occurs=0, max_occurs="unbounded")),
        ("paid", Boolean),
        ("state", State),
        ("placed", DateTime),
    ]


class Credentials(ComplexModel):
    __namespace__ = NAMESPACE
    _type_info = [("user", Unicode)]


class Shop(ServiceBase):
    __in_header__ = Credentials
    orders = {}

    @rpc(Order, _returns=Order)
    def PlaceOrder(ctx, order):
        """Keeps an order."""
        Shop.orders[order.id] = order
        return order

    @rpc(Int(min_occurs=1, nillable=False), _returns=Order)
    def GetOrder(ctx, id):
        if id not in Shop.orders:
            raise Fault("Client.NotFound", f"no order {id}")
        return Shop.orders[id]

    @rpc(Int, Int, _returns=Decimal)
    def Divide(ctx, a, b):
        return a / b

    @rpc(_returns=Unicode)
    def WhoAmI(ctx):
        return ctx.in_header.user if ctx.in_header else "nobody"

    @rpc(Order, _returns=Decimal, _body_style="bare")
    def Total(ctx, order):
        return sum(item.quantity * item.price for item in order.item or [])


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def application(protocol):
    return WsgiApplication(Application([Shop], NAMESPACE, in_protocol=protocol(validator="lxml"), out_protocol=protocol(), name="Shop"))


def main():
    sites = WsgiMounter({"soap11": application(Soap11).app, "soap12": application(Soap12).app})
    server = make_server("127.0.0.1", 0, sites, handler_class=Quiet)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()
