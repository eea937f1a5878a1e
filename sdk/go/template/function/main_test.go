package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestCallerIsGreeted(t *testing.T) {
	plugin := wasmgatetest.Configure[*Greeting](t, `{"greeting": "hello"}`)
	answer, err := plugin.Handle(&wasmgate.Request{Query: wasmgate.Pairs{{Name: "name", Value: "ann"}}})
	if err != nil || string(answer.Body) != "hello, ann!" {
		t.Error(string(answer.Body), err)
	}
}
