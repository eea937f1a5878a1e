package authorizer

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/authorizer@0.1.0#authorize
func authorize(values uint32) uint32 { panic("the gateway calls packed") }
