package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestRegionIsSet(t *testing.T) {
	plugin := wasmgatetest.Configure[*Region](t, `{"region": "eu"}`)
	patch, err := plugin.FilterRequest(&wasmgate.Request{})
	if err != nil || patch.Changes[0] != (wasmgate.Change{Code: "set-header", Name: "x-region", Value: "eu"}) {
		t.Error(patch, err)
	}
}
