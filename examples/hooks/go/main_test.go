package main

import (
	"testing"

	"wasmgate"
	"wasmgate/wasmgatetest"
)

func TestAdvertisersParametersAreRemoved(t *testing.T) {
	plugin := wasmgatetest.Configure[*Orders](t, `{}`)
	query := wasmgate.Pairs{{Name: "utm_source", Value: "x"}, {Name: "page", Value: "2"}}
	patch, err := plugin.FilterRequest(&wasmgate.Request{Query: query})
	if err != nil || len(patch.Changes) != 1 || patch.Changes[0].Name != "utm_source" {
		t.Error(patch, err)
	}
}

func TestOrderHasAQuantity(t *testing.T) {
	plugin := wasmgatetest.Configure[*Orders](t, `{}`)
	for body, code := range map[string]string{`{"quantity":1}`: "", `{"quantity":0}`: "invalid", `[`: "invalid"} {
		if err := plugin.Validate(&wasmgate.Request{Body: []byte(body)}); wasmgatetest.Code(err) != code {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestBodiesAreWrappedAndUnwrapped(t *testing.T) {
	plugin := wasmgatetest.Configure[*Orders](t, `{}`)
	patch, err := plugin.MapRequest(&wasmgate.Request{Body: []byte(`{"quantity":1}`)})
	if err != nil || string(patch.Body) != `{"order":{"quantity":1}}` {
		t.Error(string(patch.Body), err)
	}
	patch, err = plugin.MapResponse(&wasmgate.Request{}, &wasmgate.Reply{Body: []byte(`{"result":[7]}`)})
	if err != nil || string(patch.Body) != `[7]` {
		t.Error(string(patch.Body), err)
	}
}

func TestPriceIsTold(t *testing.T) {
	plugin := wasmgatetest.Configure[*Orders](t, `{"price": 2.5}`)
	answer, err := plugin.Handle(&wasmgate.Request{Query: wasmgate.Pairs{{Name: "quantity", Value: "3"}}})
	if err != nil || string(answer.Body) != `{"total":7.5}` {
		t.Error(string(answer.Body), err)
	}
}
