package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestBodyIsWrapped(t *testing.T) {
	plugin := wasmgatetest.Configure[*Envelope](t, `{"member": "data"}`)
	patch, err := plugin.MapRequest(&wasmgate.Request{Body: []byte("[1]")})
	if err != nil || string(patch.Body) != `{"data":[1]}` {
		t.Error(string(patch.Body), err)
	}
}
