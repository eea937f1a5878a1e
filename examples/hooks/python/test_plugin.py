"""The hooks, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import Denied, test


class Hooks(unittest.TestCase):
    def setUp(self):
        self.hooks = test.configure({"price": 2.5})

    def test_parameters_of_advertisers_are_removed(self):
        patch = self.hooks.filter_request(test.request("GET /?utm_source=x&page=2"))
        self.assertEqual(patch.changes, [("remove-query", "utm_source", "")])

    def test_order_without_a_quantity_is_refused(self):
        self.hooks.validate(test.request("POST /", body='{"quantity":1}'))
        with self.assertRaises(Denied) as refused:
            self.hooks.validate(test.request("POST /", body="{}"))
        self.assertEqual(refused.exception.details, {"quantity": "more than 0"})

    def test_order_travels_in_an_envelope(self):
        order = test.request("POST /", body='{"quantity":1}')
        self.assertEqual(self.hooks.map_request(order).body, b'{"order":{"quantity":1}}')
        patch = self.hooks.map_response(order, test.reply(body='{"result":[7]}'))
        self.assertEqual(patch.body, b"[7]")

    def test_price_is_told(self):
        answer = self.hooks.handle(test.request("GET /price?quantity=2"))
        self.assertEqual(answer.body, b'{"total": 5.0}')


if __name__ == "__main__":
    unittest.main()
