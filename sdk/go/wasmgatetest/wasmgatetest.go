// Package wasmgatetest stands in for the gateway under go test: a plugin is ordinary code there.
//
//	func TestTokenDecides(t *testing.T) {
//		plugin := wasmgatetest.Configure[*Token](t, `{"token": "secret"}`)
//		grant, err := plugin.Authorize(&wasmgate.Request{Headers: wasmgate.Pairs{{"authorization", "secret"}}})
//		...
//	}
package wasmgatetest

import (
	"encoding/json"
	"errors"
	"testing"

	"wasmgate"
	"wasmgate/internal/host"
)

// Gateway is what a test may look at and set: lines of the log, secrets, context, values of kv, metrics.
type Gateway = host.Fake

// New gives the test a gateway of its own, with nothing in it.
func New(t testing.TB) *Gateway {
	t.Helper()
	host.Now = host.NewFake()
	t.Cleanup(func() { host.Now = host.NewFake() })
	return host.Now
}

// Asset gives the test a file, and what a configuration holds where {file: PATH} was written.
func Asset(content string) string {
	host.Now.Assets = append(host.Now.Assets, []byte(content))
	written, _ := json.Marshal(wasmgate.Asset{Number: uint32(len(host.Now.Assets) - 1), Name: "asset",
		Size: uint64(len(content))})
	return string(written)
}

// Configure configures the plugin as the gateway would, or fails the test.
func Configure[P wasmgate.Plugin](t testing.TB, configuration string) P {
	t.Helper()
	plugin, err := wasmgate.Configure(configuration)
	if err != nil {
		t.Fatal(err)
	}
	typed, ok := plugin.(P)
	if !ok {
		t.Fatalf("%T was exported", plugin)
	}
	return typed
}

// Code is the code of a refusal: forbidden and so on; failure for every other error, empty for none.
func Code(err error) string {
	var refusal *wasmgate.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refusal):
		return refusal.Code
	default:
		return "failure"
	}
}
