// Package observer exports the hook observer.
package observer

import "wasmgate"

// Hook is for wasmgate.Export, of a type that implements wasmgate.Observer.
var Hook = wasmgate.Hook{Name: "observer", Fits: func(plugin wasmgate.Plugin) bool {
	_, fits := plugin.(wasmgate.Observer)
	return fits
}}
