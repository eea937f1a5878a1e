// Package host is what the gateway offers: the imports of the contract in a plugin, a stand-in under go test.
package host

// Error is why an import gave nothing.
type Error struct {
	// Code is stable: denied, not-found, invalid, limit, timeout, unavailable or conflict.
	Code string
	// Message is a sentence for the log.
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// Outgoing is a request to the outside.
type Outgoing struct {
	Method, URL string
	Headers     []Pair
	Body        []byte
	// Timeout in milliseconds, 0 for the plugin's limit.
	Timeout uint32
}

// Incoming is its answer.
type Incoming struct {
	Status  int
	Headers []Pair
	Body    []byte
}
