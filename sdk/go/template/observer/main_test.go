package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestFailuresAreCounted(t *testing.T) {
	gateway := wasmgatetest.New(t)
	plugin := wasmgatetest.Configure[*Failures](t, `{}`)
	for _, status := range []int{200, 500, 404, 503} {
		plugin.Observe(&wasmgate.Request{}, &wasmgate.Reply{Status: status})
	}
	if gateway.Metrics["failures"] != 2 {
		t.Error(gateway.Metrics)
	}
}
