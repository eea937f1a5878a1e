package host

import "unsafe"

//go:wasmimport wasmgate:plugin/crypto@0.1.0 verifying-key
func cryptoVerifyingKey(algorithm, format, key string, number unsafe.Pointer)

//go:wasmimport wasmgate:plugin/crypto@0.1.0 signing-key
func cryptoSigningKey(algorithm, format, key string, number unsafe.Pointer)

//go:wasmimport wasmgate:plugin/crypto@0.1.0 verify
func cryptoVerify(key uint32, message, signature string, right unsafe.Pointer)

//go:wasmimport wasmgate:plugin/crypto@0.1.0 sign
func cryptoSign(key uint32, message string, signature unsafe.Pointer)

//go:wasmimport wasmgate:plugin/crypto@0.1.0 digest
func cryptoDigest(algorithm, message string, digest unsafe.Pointer)

//go:wasmimport wasmgate:plugin/crypto@0.1.0 equal
func cryptoEqual(a, b string) bool

// VerifyingKey makes a key.
func VerifyingKey(algorithm, format, key string) (uint32, error) {
	var made result
	cryptoVerifyingKey(algorithm, format, key, unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// SigningKey makes a key.
func SigningKey(algorithm, format, key string) (uint32, error) {
	var made result
	cryptoSigningKey(algorithm, format, key, unsafe.Pointer(&made))
	return made.value[0], made.err()
}

// Verify tells whether a signature is right.
func Verify(key uint32, message, signature string) (bool, error) {
	var right result
	cryptoVerify(key, message, signature, unsafe.Pointer(&right))
	return right.failed == 0 && right.value[0]&0xff != 0, right.err()
}

// Sign signs.
func Sign(key uint32, message string) ([]byte, error) {
	return taken(func(r *result) { cryptoSign(key, message, unsafe.Pointer(r)) })
}

// Digest hashes.
func Digest(algorithm, message string) ([]byte, error) {
	return taken(func(r *result) { cryptoDigest(algorithm, message, unsafe.Pointer(r)) })
}

// Equal compares.
func Equal(a, b string) bool { return cryptoEqual(a, b) }

func taken(call func(*result)) ([]byte, error) {
	var made result
	call(&made)
	if made.failed != 0 {
		return nil, made.err()
	}
	return made.text().bytes(), nil
}
