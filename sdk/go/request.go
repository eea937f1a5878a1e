package wasmgate

import "encoding/json"

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// Pairs are fields or parameters in wire order; repeated ones are repeated pairs.
type Pairs []Pair

// Find gives the value of the first pair of a name, and whether there is one.
func (p Pairs) Find(name string) (string, bool) {
	for _, pair := range p {
		if pair.Name == name {
			return pair.Value, true
		}
	}
	return "", false
}

// Request is as much of a request as the interest asks for.
type Request struct {
	Method string
	// Path is raw: the bytes that the router saw and the upstream gets.
	Path string
	// RawQuery is there where the interest names the query parameter *.
	RawQuery string
	// Headers have names in lower case.
	Headers Pairs
	// Query has the parameters of the interest, decoded.
	Query Pairs
	// Parameters are those of the route's path, raw.
	Parameters Pairs
	Context    Pairs
	// Body is nil unless the interest wants it.
	Body []byte
}

// Header gives a field's first value, in lower case; empty where there is none.
func (r *Request) Header(name string) string {
	value, _ := r.Headers.Find(name)
	return value
}

// QueryParameter gives a parameter's first value; empty where there is none.
func (r *Request) QueryParameter(name string) string {
	value, _ := r.Query.Find(name)
	return value
}

// JSON reads the body. What is no such JSON is refused with 400.
func (r *Request) JSON(into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return Invalid("the body is not the JSON that is expected: " + err.Error())
	}
	return nil
}

// Reply is as much of a reply as the interest asks for.
type Reply struct {
	Status  int
	Headers Pairs
	Body    []byte
	// Extra has what observers are told: latency-us and the like.
	Extra Pairs
}

// Header gives a field's first value, in lower case; empty where there is none.
func (r *Reply) Header(name string) string {
	value, _ := r.Headers.Find(name)
	return value
}
