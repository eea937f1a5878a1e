// Counts answers with a status of 500 or more.
package main

import (
	"wasmgate"
	"wasmgate/observer"
)

type Failures struct {
	counter wasmgate.Metric
}

func (f *Failures) Configure() (err error) {
	f.counter, err = wasmgate.Counter("failures", "Answers with a status of 500 or more.")
	return err
}

func (f *Failures) Interest() wasmgate.Interest { return wasmgate.Interest{} }

func (f *Failures) Observe(_ *wasmgate.Request, reply *wasmgate.Reply) {
	if reply.Status >= 500 {
		f.counter.Add(1)
	}
}

func init() {
	wasmgate.Export[Failures](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		observer.Hook)
}

func main() {}
