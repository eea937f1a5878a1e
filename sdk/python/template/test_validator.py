"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import Denied, test


class Plugin(unittest.TestCase):
    def test_parameter_has_to_be_there(self):
        hooks = test.configure({"parameter": "page"})
        hooks.validate(test.request("GET /?page=1"))
        with self.assertRaises(Denied) as refused:
            hooks.validate(test.request())
        self.assertEqual(refused.exception.message, "`page` is missing")


if __name__ == "__main__":
    unittest.main()
