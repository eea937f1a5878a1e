package host

import "unsafe"

// Option and result are laid out as the canonical ABI has them: what they hold stands behind the word that tells which.
type option struct {
	some  uint8
	value text
}

type result struct {
	failed uint8
	value  [4]uint32
}

func (r *result) text() text { return text{r.value[0], r.value[1]} }

func (r *result) err() error {
	if r.failed == 0 {
		return nil
	}
	return &Error{r.text().string(), text{r.value[2], r.value[3]}.string()}
}

//go:wasmimport wasmgate:plugin/log@0.1.0 write
func logWrite(level uint32, message string)

//go:wasmimport wasmgate:plugin/log@0.1.0 threshold
func logThreshold() uint32

//go:wasmimport wasmgate:plugin/clock@0.1.0 now
func clockNow() uint64

//go:wasmimport wasi_snapshot_preview1 wasmgate_set_time
func setTime(nanoseconds int64)

//go:wasmimport wasmgate:plugin/random@0.1.0 next
func randomNext() uint64

//go:wasmimport wasmgate:plugin/context@0.1.0 get
func contextGet(name string, value unsafe.Pointer)

//go:wasmimport wasmgate:plugin/secrets@0.1.0 get
func secretsGet(name string, value unsafe.Pointer)

// Log writes a line.
func Log(level int, message string) { logWrite(uint32(level), message) }

// Threshold is the lowest level that is written.
func Threshold() int { return int(logThreshold()) }

// Begin sets the runtime's clock, which stands still within a call but for a little.
func Begin() { setTime(int64(clockNow()) * 1_000_000) }

// Random gives 64 bits.
func Random() uint64 { return randomNext() }

// Context gives a value of the running request.
func Context(name string) (string, bool) {
	var value option
	contextGet(name, unsafe.Pointer(&value))
	if value.some == 0 {
		return "", false
	}
	return value.value.string(), true
}

// Secret gives a secret.
func Secret(name string) (string, error) {
	var value result
	secretsGet(name, unsafe.Pointer(&value))
	if value.failed != 0 {
		return "", value.err()
	}
	return value.text().string(), nil
}
