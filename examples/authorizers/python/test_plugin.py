"""The authorizer, with a stand-in for the gateway."""

import unittest

import plugin  # noqa: F401 its decorators make the hooks
from wasmgate import Denied, Response, test


class Authorizer(unittest.TestCase):
    def setUp(self):
        test.reset()
        test.secret("master", "let me in")
        test.answer("http://upstream.test/alice", Response())
        test.answer("http://upstream.test/mallory", Response(status=404))
        keys = test.asset("keys.csv", "red-key,alice,acme\nblue-key,mallory,evil\n")
        self.hooks = test.configure({"keys": keys, "ask": "http://upstream.test/"})

    def show(self, key):
        return self.hooks.authorize(test.request(headers={"X-Api-Key": key}))

    def test_known_caller_is_let_in_and_counted(self):
        self.assertEqual(dict(self.show("red-key").context)["tenant"], "acme")
        self.assertEqual(dict(self.show("red-key").context)["calls"], "2")
        self.assertEqual(test.metric("granted"), 2)
        self.assertEqual(test.logged()[0], ("info", "alice calls in request None"))

    def test_others_are_refused_with_a_message(self):
        for key, message in [("guess", "unknown key"), ("blue-key", "mallory is not wanted")]:
            with self.assertRaises(Denied) as refused:
                self.show(key)
            self.assertEqual(refused.exception.message, message)
        with self.assertRaises(Denied) as refused:
            self.hooks.authorize(test.request())
        self.assertEqual(refused.exception.status, 401)


if __name__ == "__main__":
    unittest.main()
