package validator

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/validator@0.1.0#validate
func validate(values uint32) uint32 { panic("the gateway calls packed") }
