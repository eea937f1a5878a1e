package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestFieldsAreRemoved(t *testing.T) {
	plugin := wasmgatetest.Configure[*Hide](t, `{"fields": ["server"]}`)
	patch, err := plugin.FilterResponse(&wasmgate.Request{}, &wasmgate.Reply{Status: 200})
	if err != nil || patch.Changes[0] != (wasmgate.Change{Code: "remove-header", Name: "server"}) {
		t.Error(patch, err)
	}
}
