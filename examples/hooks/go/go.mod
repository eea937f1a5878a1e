module orders

go 1.24

require wasmgate v0.1.0

replace wasmgate => ../../../sdk/go
