package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestMissingParameterIsRefused(t *testing.T) {
	plugin := wasmgatetest.Configure[*Required](t, `{"parameter": "page"}`)
	if err := plugin.Validate(&wasmgate.Request{Query: wasmgate.Pairs{{Name: "page", Value: "1"}}}); err != nil {
		t.Error(err)
	}
	if err := plugin.Validate(&wasmgate.Request{}); wasmgatetest.Code(err) != "invalid" {
		t.Error(err)
	}
}
