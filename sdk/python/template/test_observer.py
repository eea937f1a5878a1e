"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import test


class Plugin(unittest.TestCase):
    def test_failures_are_taken_note_of(self):
        hooks = test.configure()
        hooks.observe(test.request("GET /a"), test.reply(200))
        hooks.observe(test.request("GET /b"), test.reply(503))
        self.assertEqual(test.logged(), [("warn", "GET /b: 503")])


if __name__ == "__main__":
    unittest.main()
