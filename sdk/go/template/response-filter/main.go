// Hides what server answers.
package main

import (
	"wasmgate"
	"wasmgate/responsefilter"
)

type Hide struct {
	Fields []string `json:"fields" doc:"The header fields to remove."`
}

func (h *Hide) Interest() wasmgate.Interest { return wasmgate.Interest{} }

func (h *Hide) FilterResponse(*wasmgate.Request, *wasmgate.Reply) (wasmgate.Patch, error) {
	var patch wasmgate.Patch
	for _, field := range h.Fields {
		patch = patch.RemoveHeader(field)
	}
	return patch, nil
}

func init() {
	wasmgate.Export[Hide](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		responsefilter.Hook)
}

func main() {}
