package observer

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/observer@0.1.0#observe
func observe(values uint32) { panic("the gateway calls packed") }
