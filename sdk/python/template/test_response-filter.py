"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import test


class Plugin(unittest.TestCase):
    def test_fields_are_removed(self):
        hooks = test.configure({"fields": ["server"]})
        patch = hooks.filter_response(test.request(), test.reply(headers={"server": "x"}))
        self.assertEqual(patch.changes, [("remove-header", "server", "")])


if __name__ == "__main__":
    unittest.main()
