"""The plugin as ordinary code, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import Denied, test


class Plugin(unittest.TestCase):
    def setUp(self):
        self.hooks = test.configure({"token": "secret"})

    def test_right_token_is_granted(self):
        grant = self.hooks.authorize(test.request(headers={"Authorization": "secret"}))
        self.assertEqual(grant.principal, "someone")

    def test_wrong_token_is_refused(self):
        with self.assertRaises(Denied) as refused:
            self.hooks.authorize(test.request(headers={"Authorization": "guess"}))
        self.assertEqual(refused.exception.status, 403)


if __name__ == "__main__":
    unittest.main()
