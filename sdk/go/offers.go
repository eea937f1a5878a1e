package wasmgate

import (
	"errors"
	"time"

	"wasmgate/internal/host"
)

// Error is why the gateway gave nothing; its code is denied, not-found, invalid, limit, timeout, unavailable or conflict.
type Error = host.Error

// ContextValue gives a value of $context that the interest does not name, such as requestId.
func ContextValue(name string) (string, bool) { return host.Context(name) }

// Secret gives a secret that was granted.
func Secret(name string) (string, error) { return host.Secret(name) }

// Random gives 64 bits, fit for secrets.
func Random() uint64 { return host.Random() }

// Equal compares in time that depends on the lengths only.
func Equal(a, b string) bool { return host.Equal(a, b) }

// Digest hashes by SHA-1, SHA-256, SHA-384 or SHA-512.
func Digest(algorithm, message string) ([]byte, error) { return host.Digest(algorithm, message) }

// Key is a key that stays in the gateway; made in Configure.
type Key uint32

// VerifyingKey makes a key from its format: jwk, pem or raw.
func VerifyingKey(algorithm, format, key string) (Key, error) {
	number, err := host.VerifyingKey(algorithm, format, key)
	return Key(number), err
}

// SigningKey makes a key from its format.
func SigningKey(algorithm, format, key string) (Key, error) {
	number, err := host.SigningKey(algorithm, format, key)
	return Key(number), err
}

// Verify tells whether a signature is this key's.
func (k Key) Verify(message, signature string) (bool, error) {
	return host.Verify(uint32(k), message, signature)
}

// Sign signs.
func (k Key) Sign(message string) ([]byte, error) { return host.Sign(uint32(k), message) }

// KVGet gives a value, nil where there is none.
func KVGet(key string) ([]byte, error) { return host.Get(key) }

// KVSet sets a value for a time, 0 for no end.
func KVSet(key, value string, ttl time.Duration) error {
	return host.Set(key, value, milliseconds(ttl))
}

// KVDelete removes a value.
func KVDelete(key string) error { return host.Delete(key) }

// KVSwap sets a value where the present one is expected; nil where there must be none.
func KVSwap(key string, expected *string, value string, ttl time.Duration) (bool, error) {
	return host.Swap(key, expected, value, milliseconds(ttl))
}

// KVIncrement adds to a number atomically and gives the sum.
func KVIncrement(key string, by int64, ttl time.Duration) (int64, error) {
	return host.Increment(key, by, milliseconds(ttl))
}

func milliseconds(ttl time.Duration) uint64 { return uint64(ttl.Milliseconds()) }

// Metric is registered in Configure.
type Metric uint32

// Counter registers a counter.
func Counter(name, help string) (Metric, error) {
	number, err := host.Counter(name, help)
	return Metric(number), err
}

// Gauge registers a gauge.
func Gauge(name, help string) (Metric, error) {
	number, err := host.Gauge(name, help)
	return Metric(number), err
}

// Histogram registers a histogram with ascending bounds.
func Histogram(name, help string, bounds []float64) (Metric, error) {
	number, err := host.Histogram(name, help, bounds)
	return Metric(number), err
}

// Add adds to a counter or gauge.
func (m Metric) Add(value float64) { host.Add(uint32(m), value) }

// Observe sets a gauge or records a value in a histogram.
func (m Metric) Observe(value float64) { host.Observe(uint32(m), value) }

// Fetch sends a request to the outside; timeout 0 for the plugin's limit.
func Fetch(method, url string, headers Pairs, body []byte, timeout time.Duration) (*Response, error) {
	request := host.Outgoing{Method: method, URL: url, Body: body, Timeout: uint32(milliseconds(timeout))}
	for _, field := range headers {
		request.Headers = append(request.Headers, host.Pair(field))
	}
	answer, err := host.Fetch(request)
	if err != nil {
		return nil, err
	}
	response := &Response{Status: answer.Status, Body: answer.Body}
	for _, field := range answer.Headers {
		response.Headers = append(response.Headers, Pair(field))
	}
	return response, nil
}

// Asset is a file of the operator: a configuration's member of this type is written {file: PATH}.
type Asset struct {
	Number uint32 `json:"asset"`
	Name   string `json:"name"`
	Size   uint64 `json:"size"`
}

const portion = 1 << 20

// Read gives the whole file, in Configure only.
func (a Asset) Read() ([]byte, error) {
	content := make([]byte, 0, a.Size)
	for {
		part, err := host.Asset(a.Number, uint64(len(content)), portion)
		if err != nil || len(part) == 0 {
			return content, err
		}
		content = append(content, part...)
	}
}

// Table stays in the gateway; made in Configure.
type Table uint32

// NewTable makes a table of these entries.
func NewTable(entries Pairs) (Table, error) {
	number, err := host.Create()
	if err != nil {
		return 0, err
	}
	for len(entries) > 0 {
		count := min(len(entries), 4096)
		list := make([]host.Pair, count)
		for i, entry := range entries[:count] {
			list[i] = host.Pair(entry)
		}
		if err := host.Insert(number, list); err != nil {
			return 0, err
		}
		entries = entries[count:]
	}
	return Table(number), nil
}

// Lookup gives the value of a key.
func (t Table) Lookup(key string) (string, bool) {
	value, found := host.Lookup(uint32(t), key)
	return string(value), found
}

// IsDenied tells whether an error says that the operator did not grant it.
func IsDenied(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Code == "denied"
}
