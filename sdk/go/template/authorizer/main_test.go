package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestTokenDecides(t *testing.T) {
	plugin := wasmgatetest.Configure[*Token](t, `{"token": "secret"}`)
	for token, code := range map[string]string{"secret": "", "guess": "forbidden"} {
		_, err := plugin.Authorize(&wasmgate.Request{Headers: wasmgate.Pairs{{Name: "authorization", Value: token}}})
		if wasmgatetest.Code(err) != code {
			t.Errorf("%s: %v", token, err)
		}
	}
	if _, err := plugin.Authorize(&wasmgate.Request{}); wasmgatetest.Code(err) != "unauthorized" {
		t.Error(err)
	}
}
