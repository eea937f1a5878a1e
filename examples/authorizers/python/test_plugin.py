"""The authorizer, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import Denied, Response, test


class Authorizer(unittest.TestCase):
    def setUp(self):
        test.reset()
        test.secret("directory", "password")
        test.answer("http://directory.test/ann", Response())
        test.answer("http://directory.test/bob", Response(status=404))
        keys = test.asset("keys.csv", "a,ann\nb,bob\n")
        self.hooks = test.configure({"keys": keys, "directory": "http://directory.test"})

    def show(self, key):
        return self.hooks.authorize(test.request(headers={"X-Api-Key": key}))

    def test_known_caller_is_let_in_and_counted(self):
        self.assertEqual(self.show("a").context, [("calls", "1")])
        self.assertEqual(self.show("a").context, [("calls", "2")])
        self.assertEqual(test.metric("granted_total"), 2)

    def test_caller_without_a_key_is_asked_for_one(self):
        with self.assertRaises(Denied) as refused:
            self.hooks.authorize(test.request())
        self.assertEqual(refused.exception.status, 401)

    def test_unknown_key_is_refused_and_logged(self):
        with self.assertRaises(Denied) as refused:
            self.show("x")
        self.assertEqual(refused.exception.message, "no such API key")
        self.assertEqual(test.logged()[0][0], "warn")

    def test_caller_who_has_left_is_refused(self):
        with self.assertRaises(Denied) as refused:
            self.show("b")
        self.assertEqual(refused.exception.message, "bob has left")


if __name__ == "__main__":
    unittest.main()
