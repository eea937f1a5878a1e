// Package requestfilter exports the hook request-filter.
package requestfilter

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.RequestFilter.
var Hook = wasmgate.Hook{Name: "request-filter", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.RequestFilter)
	return fits
}}
