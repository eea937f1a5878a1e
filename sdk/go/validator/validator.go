// Package validator exports the hook validator.
package validator

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.Validator.
var Hook = wasmgate.Hook{Name: "validator", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.Validator)
	return fits
}}
