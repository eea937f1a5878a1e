// Wraps request bodies for an upstream that wants an envelope.
package main

import (
	"encoding/json"

	"wasmgate"
	"wasmgate/mapper"
)

type Envelope struct {
	Member string `json:"member" doc:"The member that holds the body."`
}

func (e *Envelope) Interest() wasmgate.Interest { return wasmgate.Interest{Body: true} }

func (e *Envelope) MapRequest(request *wasmgate.Request) (wasmgate.Patch, error) {
	var body json.RawMessage
	if err := request.JSON(&body); err != nil {
		return wasmgate.Patch{}, err
	}
	wrapped, err := json.Marshal(map[string]json.RawMessage{e.Member: body})
	return wasmgate.Patch{Body: wrapped}, err
}

func (e *Envelope) MapResponse(*wasmgate.Request, *wasmgate.Reply) (wasmgate.Patch, error) {
	return wasmgate.Patch{}, nil
}

func init() {
	wasmgate.Export[Envelope](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		mapper.Hook)
}

func main() {}
