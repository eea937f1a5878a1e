// Package mapper exports the hook mapper.
package mapper

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.Mapper.
var Hook = wasmgate.Hook{Name: "mapper", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.Mapper)
	return fits
}}
