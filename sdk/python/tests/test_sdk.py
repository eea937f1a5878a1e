"""The SDK, with its stand-in for the gateway."""

import json
import logging
import unittest

from wasmgate import Denied, Grant, HostError, Invalid, Patch, Response, clock, crypto, export, hooks, http, kv, random, test
from wasmgate.host import Err
from wasmgate.table import Table


class Sdk(unittest.TestCase):
    def setUp(self):
        test.reset()
        hooks.PLUGIN.__init__()

    def handled(self, handle, **interest):
        hooks.function(**interest)(handle)
        return test.configure().handle(test.request("GET /?a=1", headers={"X-A": ["b", "c"]}))

    def test_hook_sees_its_interest_only(self):
        answer = self.handled(lambda request, _: Response.json([request.headers, request.query_parameters]), headers=["X-A"])
        self.assertEqual(json.loads(answer.body), [[["x-a", "b"], ["x-a", "c"]], []])

    def test_refusal_carries_all_that_it_says(self):
        def refuse(request, config):
            raise Denied(401, "who?", headers={"www-authenticate": "Key"}, context={"why": "none"}, details=[1])

        with self.assertRaises(Denied) as refused:
            self.handled(refuse)
        denied = refused.exception
        self.assertEqual((denied.status, denied.message, denied.details), (401, "who?", [1]))
        self.assertEqual(denied.headers + denied.context, [("www-authenticate", "Key"), ("why", "none")])
        self.assertEqual(Denied.stale().code, "stale")
        with self.assertRaises(ValueError):
            Denied(500)

    def test_other_exceptions_are_failures_with_their_place(self):
        with self.assertRaisesRegex(RuntimeError, r"ZeroDivisionError: .* \(test_sdk.py:\d+\)"):
            self.handled(lambda request, config: 1 / 0)

    def test_body_that_is_no_json_is_denied(self):
        with self.assertRaisesRegex(Denied, "no JSON"):
            self.handled(lambda request, config: request.json(), body=True)

    def test_authorizer_that_returns_nothing_grants_nothing(self):
        hooks.authorizer()(lambda request, config: None)
        with self.assertRaisesRegex(RuntimeError, "a `Grant`"):
            test.configure().authorize(test.request())

    def test_grant_is_as_the_contract_has_it(self):
        grant = Grant("a", {"n": 1}, policy={"Version": "2012-10-17"})
        self.assertEqual((grant.context, grant.policy), ([("n", "1")], '{"Version": "2012-10-17"}'))

    def test_every_mistake_of_a_configuration_is_told(self):
        def wrong(config):
            raise ExceptionGroup("", [Invalid("/a", "one"), Invalid("/b", "two", line=3)])

        hooks.observer()(lambda *_: None)
        hooks.configure(wrong)
        with self.assertRaises(Err) as told:
            export.Setup().configure(["{}", "{}"])
        problems = json.loads(told.exception.value)["problems"]
        self.assertEqual(problems[3], {"entry": 1, "pointer": "/b", "message": "two", "line": 3})

    def test_interests_of_a_mapper_are_joined(self):
        hooks.map_request(headers=["X-A"])(lambda *_: None)
        hooks.map_response(headers=["X-B"], reply_body=True)(lambda *_: Patch().set_status(201))
        mapper = test.configure()
        self.assertEqual(mapper.interests["mapper"], {"headers": ["x-a", "x-b"], "reply-body": True})
        self.assertEqual(mapper.map_request(test.request()).changes, [])
        self.assertEqual(mapper.map_response(test.request(), test.reply()).changes, [("set-status", "", "201")])

    def test_second_function_for_a_hook_is_refused(self):
        hooks.observer()(lambda *_: None)
        with self.assertRaisesRegex(TypeError, "@observer"):
            hooks.observer()(lambda *_: None)

    def test_earliest_refresh_counts(self):
        hooks.observer()(lambda *_: None)
        hooks.plugin(refresh=lambda config: config.get("seconds"))
        answer = export.Setup().configure(['{"seconds": 60}', '{"seconds": 20.5}', "{}"])
        self.assertEqual(json.loads(answer)["refresh"], 20)

    def test_logging_writes_the_log(self):
        self.handled(lambda request, config: logging.info("a %s", 1) or Response())
        self.assertEqual(test.logged(), [("info", "a 1")])

    def test_values_are_kept_swapped_and_counted(self):
        test.time(0)
        kv.set("k", "v", ttl=10)
        self.assertFalse(kv.compare_and_swap("k", "x", "w"))
        self.assertTrue(kv.compare_and_swap("k", "v", "w"))
        self.assertEqual((kv.get("k"), kv.increment("n", 2), kv.increment("n")), (b"w", 2, 3))
        with self.assertRaisesRegex(HostError, "conflict"):
            kv.increment("k")
        test.fail_kv()
        with self.assertRaisesRegex(HostError, "unavailable"):
            kv.get("k")

    def test_keys_sign_and_verify(self):
        signature = crypto.SigningKey("HS256", "raw", "s" * 32).sign("message")
        key = crypto.VerifyingKey("HS256", "raw", "s" * 32)
        self.assertTrue(key.verify("message", signature))
        self.assertFalse(key.verify("other", signature))
        with self.assertRaisesRegex(HostError, "invalid"):
            crypto.SigningKey("HS256", "raw", "short")

    def test_the_rest_of_the_host_answers(self):
        test.time(7)
        self.assertEqual((clock.now(), len(random.token(20))), (7, 20))
        keys = Table((f"key {n}", f"value {n}") for n in range(2500))
        self.assertEqual((keys.get("key 2499"), keys.get("key 2500")), (b"value 2499", None))
        test.answer("http://a.test/", Response.json([1], 201))
        self.assertEqual(http.fetch("http://a.test/").json(), [1])


if __name__ == "__main__":
    unittest.main()
