// Package authorizer exports the hook authorizer.
package authorizer

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.Authorizer.
var Hook = wasmgate.Hook{Name: "authorizer", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.Authorizer)
	return fits
}}
