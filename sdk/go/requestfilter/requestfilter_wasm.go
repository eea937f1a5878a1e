package requestfilter

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/request-filter@0.1.0#filter
func filter(values uint32) uint32 { panic("the gateway calls packed") }
