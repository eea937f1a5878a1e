module wasmgate

go 1.24
