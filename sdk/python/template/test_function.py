"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import test


class Plugin(unittest.TestCase):
    def test_caller_is_greeted(self):
        answer = test.configure({"greeting": "hello"}).handle(test.request("GET /?name=ann"))
        self.assertEqual(answer.body, b"hello, ann!")


if __name__ == "__main__":
    unittest.main()
