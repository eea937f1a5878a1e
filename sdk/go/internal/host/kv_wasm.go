package host

import "unsafe"

//go:wasmimport wasmgate:plugin/kv@0.1.0 get
func kvGet(key string, value unsafe.Pointer)

//go:wasmimport wasmgate:plugin/kv@0.1.0 set
func kvSet(key string, value string, hasTTL uint32, ttl uint64, done unsafe.Pointer)

//go:wasmimport wasmgate:plugin/kv@0.1.0 delete
func kvDelete(key string, done unsafe.Pointer)

//go:wasmimport wasmgate:plugin/kv@0.1.0 compare-and-swap
func kvSwap(key string, hasExpected uint32, expected, value string, hasTTL uint32, ttl uint64, swapped unsafe.Pointer)

//go:wasmimport wasmgate:plugin/kv@0.1.0 increment
func kvIncrement(key string, by int64, hasTTL uint32, ttl uint64, sum unsafe.Pointer)

// The sum has 64 bits, so that what the result holds stands four bytes further than elsewhere.
type sum struct {
	failed uint64
	value  [4]uint32
}

// Get gives a value, nil where there is none.
func Get(key string) ([]byte, error) {
	var got result
	kvGet(key, unsafe.Pointer(&got))
	if got.failed != 0 {
		return nil, got.err()
	}
	if got.value[0]&0xff == 0 {
		return nil, nil
	}
	return text{got.value[1], got.value[2]}.bytes(), nil
}

// Set sets a value; ttl in milliseconds, 0 for no end.
func Set(key string, value string, ttl uint64) error {
	var done result
	kvSet(key, value, has(ttl != 0), ttl, unsafe.Pointer(&done))
	return done.err()
}

// Delete removes a value.
func Delete(key string) error {
	var done result
	kvDelete(key, unsafe.Pointer(&done))
	return done.err()
}

// Swap sets a value where the present one is expected.
func Swap(key string, expected *string, value string, ttl uint64) (bool, error) {
	var done result
	var present string
	if expected != nil {
		present = *expected
	}
	kvSwap(key, has(expected != nil), present, value, has(ttl != 0), ttl, unsafe.Pointer(&done))
	return done.failed == 0 && done.value[0]&0xff != 0, done.err()
}

// Increment adds to a number.
func Increment(key string, by int64, ttl uint64) (int64, error) {
	var done sum
	kvIncrement(key, by, has(ttl != 0), ttl, unsafe.Pointer(&done))
	if uint8(done.failed) != 0 {
		failed := result{failed: 1, value: done.value}
		return 0, failed.err()
	}
	return int64(done.value[0]) | int64(done.value[1])<<32, nil
}

func has(there bool) uint32 {
	if there {
		return 1
	}
	return 0
}
