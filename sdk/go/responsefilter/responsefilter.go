// Package responsefilter exports the hook response-filter.
package responsefilter

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.ResponseFilter.
var Hook = wasmgate.Hook{Name: "response-filter", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.ResponseFilter)
	return fits
}}
