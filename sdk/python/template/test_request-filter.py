"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import test


class Plugin(unittest.TestCase):
    def test_region_is_set(self):
        patch = test.configure({"region": "eu"}).filter_request(test.request())
        self.assertEqual(patch.changes, [("set-header", "x-region", "eu")])


if __name__ == "__main__":
    unittest.main()
