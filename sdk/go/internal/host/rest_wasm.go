package host

import "unsafe"

//go:wasmimport wasmgate:plugin/metrics@0.1.0 counter
func metricsCounter(name, help string, metric unsafe.Pointer)

//go:wasmimport wasmgate:plugin/metrics@0.1.0 gauge
func metricsGauge(name, help string, metric unsafe.Pointer)

//go:wasmimport wasmgate:plugin/metrics@0.1.0 histogram
func metricsHistogram(name, help string, bounds unsafe.Pointer, count uint32, metric unsafe.Pointer)

//go:wasmimport wasmgate:plugin/metrics@0.1.0 add
func metricsAdd(metric uint32, value float64)

//go:wasmimport wasmgate:plugin/metrics@0.1.0 observe
func metricsObserve(metric uint32, value float64)

// Counter registers a counter.
func Counter(name, help string) (uint32, error) {
	var made result
	metricsCounter(name, help, unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// Gauge registers a gauge.
func Gauge(name, help string) (uint32, error) {
	var made result
	metricsGauge(name, help, unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// Histogram registers a histogram.
func Histogram(name, help string, bounds []float64) (uint32, error) {
	var made result
	metricsHistogram(name, help, unsafe.Pointer(unsafe.SliceData(bounds)), uint32(len(bounds)), unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// Add adds to a counter or gauge.
func Add(metric uint32, value float64) { metricsAdd(metric, value) }

// Observe sets a gauge or records a value.
func Observe(metric uint32, value float64) { metricsObserve(metric, value) }

type fetched struct {
	failed uint32
	value  [7]uint32
}

//go:wasmimport wasmgate:plugin/http@0.1.0 fetch
func httpFetch(method, url string, headers unsafe.Pointer, headersCount uint32, body unsafe.Pointer, bodySize uint32,
	timeout uint32, extra unsafe.Pointer, extraCount uint32, answer unsafe.Pointer)

// Fetch sends a request and waits for its answer.
func Fetch(request Outgoing) (*Incoming, error) {
	headers, body := listed(request.Headers), request.Body
	var answer fetched
	httpFetch(request.Method, request.URL, unsafe.Pointer(unsafe.SliceData(headers)), uint32(len(headers)),
		unsafe.Pointer(unsafe.SliceData(body)), uint32(len(body)), request.Timeout, nil, 0, unsafe.Pointer(&answer))
	if uint8(answer.failed) != 0 {
		failed := result{failed: 1, value: [4]uint32(answer.value[:4])}
		return nil, failed.err()
	}
	value := answer.value
	headersOf, bodyOf := text{value[1], value[2]}, text{value[3], value[4]}
	return &Incoming{int(uint16(value[0])), headersOf.pairs(), bodyOf.bytes()}, nil
}

//go:wasmimport wasmgate:plugin/assets@0.1.0 read
func assetsRead(asset uint32, offset uint64, length uint32, content unsafe.Pointer)

// Asset gives a portion of a file.
func Asset(asset uint32, offset uint64, length uint32) ([]byte, error) {
	return taken(func(r *result) { assetsRead(asset, offset, length, unsafe.Pointer(r)) })
}

//go:wasmimport wasmgate:plugin/table@0.1.0 create
func tableCreate(table unsafe.Pointer)

//go:wasmimport wasmgate:plugin/table@0.1.0 insert
func tableInsert(table uint32, entries unsafe.Pointer, count uint32, done unsafe.Pointer)

//go:wasmimport wasmgate:plugin/table@0.1.0 lookup
func tableLookup(table uint32, key string, value unsafe.Pointer)

// Create begins a table.
func Create() (uint32, error) {
	var made result
	tableCreate(unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// Insert adds to a table.
func Insert(table uint32, entries []Pair) error {
	list := listed(entries)
	var done result
	tableInsert(table, unsafe.Pointer(unsafe.SliceData(list)), uint32(len(list)), unsafe.Pointer(&done))
	return done.err()
}

// Lookup looks a key up.
func Lookup(table uint32, key string) ([]byte, bool) {
	var value option
	tableLookup(table, key, unsafe.Pointer(&value))
	if value.some == 0 {
		return nil, false
	}
	return value.value.bytes(), true
}
