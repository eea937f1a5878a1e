// Refuses requests that lack a query parameter.
package main

import (
	"wasmgate"
	"wasmgate/validator"
)

type Required struct {
	Parameter string `json:"parameter" doc:"The query parameter that must be there."`
}

func (r *Required) Interest() wasmgate.Interest {
	return wasmgate.Interest{Query: []string{r.Parameter}}
}

func (r *Required) Validate(request *wasmgate.Request) error {
	if _, found := request.Query.Find(r.Parameter); !found {
		return wasmgate.Invalid("missing query parameter: " + r.Parameter)
	}
	return nil
}

func init() {
	wasmgate.Export[Required](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		validator.Hook)
}

func main() {}
