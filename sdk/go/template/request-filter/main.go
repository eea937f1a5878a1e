// Tells the upstream which region it serves.
package main

import (
	"wasmgate"
	"wasmgate/requestfilter"
)

type Region struct {
	Region string `json:"region" doc:"The name of the region."`
}

func (r *Region) Interest() wasmgate.Interest {
	return wasmgate.Interest{Sets: []string{"x-region"}}
}

func (r *Region) FilterRequest(*wasmgate.Request) (wasmgate.Patch, error) {
	return wasmgate.Patch{}.SetHeader("x-region", r.Region), nil
}

func init() {
	wasmgate.Export[Region](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		requestfilter.Hook)
}

func main() {}
