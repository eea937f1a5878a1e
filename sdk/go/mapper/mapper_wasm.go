package mapper

// The gateway sees that the plugin takes bytes (wit/packed.wit) and never calls this form.

//go:wasmexport wasmgate:plugin/mapper@0.1.0#map-request
func mapRequest(values uint32) uint32 { panic("the gateway calls packed") }

//go:wasmexport wasmgate:plugin/mapper@0.1.0#map-response
func mapResponse(values uint32) uint32 { panic("the gateway calls packed") }
