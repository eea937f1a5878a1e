// Package function exports the hook function.
package function

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.Function.
var Hook = wasmgate.Hook{Name: "function", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.Function)
	return fits
}}
