//go:build !wasm

package host

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"strconv"
	"time"
)

// Fake is the gateway that plugins meet under go test: everything is granted, nothing is reached.
type Fake struct {
	Lines    []string
	Secrets  map[string]string
	Context  map[string]string
	Values   map[string]string
	Metrics  map[string]float64
	Assets   [][]byte
	Answer   func(Outgoing) (*Incoming, error)
	metrics  []string
	tables   []map[string]string
	keyCount uint32
}

// Now is the fake of the running test.
var Now = NewFake()

// NewFake is a gateway with nothing in it.
func NewFake() *Fake {
	return &Fake{Secrets: map[string]string{}, Context: map[string]string{}, Values: map[string]string{},
		Metrics: map[string]float64{}}
}

func missing(what string) error { return &Error{"not-found", what + " is not there in this test"} }

// Log keeps a line.
func Log(_ int, message string) { Now.Lines = append(Now.Lines, message) }

// Threshold lets all lines through.
func Threshold() int { return 0 }

// Begin does nothing: the clock runs.
func Begin() { _ = time.Now }

// Random gives 64 bits.
func Random() uint64 {
	var bytes [8]byte
	_, _ = rand.Read(bytes[:])
	return binary.LittleEndian.Uint64(bytes[:])
}

// Context gives what the test has set.
func Context(name string) (string, bool) {
	value, found := Now.Context[name]
	return value, found
}

// Secret gives what the test has set.
func Secret(name string) (string, error) {
	if value, found := Now.Secrets[name]; found {
		return value, nil
	}
	return "", missing("the secret " + name)
}

// VerifyingKey makes a key that finds every signature right that Sign has made.
func VerifyingKey(_, _, _ string) (uint32, error) { return SigningKey("", "", "") }

// SigningKey makes a key whose signatures are the hashes of messages.
func SigningKey(_, _, _ string) (uint32, error) {
	Now.keyCount++
	return Now.keyCount - 1, nil
}

// Verify compares with what Sign makes.
func Verify(key uint32, message, signature string) (bool, error) {
	made, err := Sign(key, message)
	return string(made) == signature, err
}

// Sign hashes.
func Sign(_ uint32, message string) ([]byte, error) { return Digest("SHA-256", message) }

// Digest hashes.
func Digest(algorithm, message string) ([]byte, error) {
	switch algorithm {
	case "SHA-1":
		sum := sha1.Sum([]byte(message))
		return sum[:], nil
	case "SHA-256":
		sum := sha256.Sum256([]byte(message))
		return sum[:], nil
	case "SHA-384":
		sum := sha512.Sum384([]byte(message))
		return sum[:], nil
	case "SHA-512":
		sum := sha512.Sum512([]byte(message))
		return sum[:], nil
	default:
		return nil, &Error{"invalid", "no algorithm " + algorithm}
	}
}

// Equal compares.
func Equal(a, b string) bool { return a == b }

// Get gives a value.
func Get(key string) ([]byte, error) {
	if value, found := Now.Values[key]; found {
		return []byte(value), nil
	}
	return nil, nil
}

// Set sets a value.
func Set(key, value string, _ uint64) error {
	Now.Values[key] = value
	return nil
}

// Delete removes a value.
func Delete(key string) error {
	delete(Now.Values, key)
	return nil
}

// Swap sets a value where the present one is expected.
func Swap(key string, expected *string, value string, ttl uint64) (bool, error) {
	present, found := Now.Values[key]
	if found != (expected != nil) || found && present != *expected {
		return false, nil
	}
	return true, Set(key, value, ttl)
}

// Increment adds to a number.
func Increment(key string, by int64, ttl uint64) (int64, error) {
	present := Now.Values[key]
	if present == "" {
		present = "0"
	}
	number, err := strconv.ParseInt(present, 10, 64)
	if err != nil {
		return 0, &Error{"conflict", key + " is no number"}
	}
	return number + by, Set(key, strconv.FormatInt(number+by, 10), ttl)
}

// Counter registers a counter.
func Counter(name, _ string) (uint32, error) {
	Now.metrics = append(Now.metrics, name)
	Now.Metrics[name] = 0
	return uint32(len(Now.metrics) - 1), nil
}

// Gauge registers a gauge.
func Gauge(name, help string) (uint32, error) { return Counter(name, help) }

// Histogram registers a histogram.
func Histogram(name, help string, _ []float64) (uint32, error) { return Counter(name, help) }

// Add adds.
func Add(metric uint32, value float64) { Now.Metrics[Now.metrics[metric]] += value }

// Observe sets.
func Observe(metric uint32, value float64) { Now.Metrics[Now.metrics[metric]] = value }

// Fetch gives the test's answer.
func Fetch(request Outgoing) (*Incoming, error) {
	if Now.Answer == nil {
		return nil, &Error{"denied", "no requests to the outside in this test"}
	}
	return Now.Answer(request)
}

// Asset gives a portion of the test's file.
func Asset(asset uint32, offset uint64, length uint32) ([]byte, error) {
	if int(asset) >= len(Now.Assets) {
		return nil, missing("the asset")
	}
	rest := Now.Assets[asset][min(offset, uint64(len(Now.Assets[asset]))):]
	return rest[:min(uint64(length), uint64(len(rest)))], nil
}

// Create begins a table.
func Create() (uint32, error) {
	Now.tables = append(Now.tables, map[string]string{})
	return uint32(len(Now.tables) - 1), nil
}

// Insert adds to a table.
func Insert(table uint32, entries []Pair) error {
	for _, entry := range entries {
		Now.tables[table][entry.Name] = entry.Value
	}
	return nil
}

// Lookup looks a key up.
func Lookup(table uint32, key string) ([]byte, bool) {
	value, found := Now.tables[table][key]
	return []byte(value), found
}
