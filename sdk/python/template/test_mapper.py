"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import test


class Plugin(unittest.TestCase):
    def test_body_is_wrapped(self):
        patch = test.configure({"member": "data"}).map_request(test.request("POST /", body="[1]"))
        self.assertEqual(patch.body, b'{"data":[1]}')


if __name__ == "__main__":
    unittest.main()
