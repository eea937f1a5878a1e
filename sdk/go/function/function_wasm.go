package function

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/function@0.1.0#handle
func handle(values uint32) uint32 { panic("the gateway calls packed") }
