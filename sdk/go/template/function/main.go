// Greets whoever calls.
package main

import (
	"fmt"

	"wasmgate"
	"wasmgate/function"
)

type Greeting struct {
	Greeting string `json:"greeting" doc:"How callers are greeted."`
}

func (g *Greeting) Interest() wasmgate.Interest { return wasmgate.Interest{Query: []string{"name"}} }

func (g *Greeting) Handle(request *wasmgate.Request) (wasmgate.Response, error) {
	name, found := request.Query.Find("name")
	if !found {
		name = "stranger"
	}
	return wasmgate.Text(fmt.Sprintf("%s, %s!", g.Greeting, name)), nil
}

func init() {
	wasmgate.Export[Greeting](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		function.Hook)
}

func main() {}
