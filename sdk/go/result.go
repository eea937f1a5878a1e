package wasmgate

import (
	"encoding/json"
	"strconv"
	"time"
)

// Grant is what an authorizer gives on success.
type Grant struct {
	// Principal is who calls.
	Principal string
	// Context has values that later hooks see as authorizer.NAME.
	Context Pairs
	// UsageKey is what usage plans will count.
	UsageKey string
	// Policy is an IAM policy document; empty to grant the request.
	Policy string
	// TTL is for how long the grant may be cached, by the interest's identity.
	TTL time.Duration
}

// With adds a value of the context.
func (g Grant) With(name, value string) Grant {
	g.Context = append(g.Context, Pair{name, value})
	return g
}

// Refusal is why a hook did not do its work, and what the client reads. Every other error is answered 500, and goes to
// the log.
type Refusal struct {
	// Code is unauthorized, forbidden, invalid, too-large, too-many, stale or failure.
	Code string
	// Message is what the client reads; empty for the code's own.
	Message string
	Headers Pairs
	Context Pairs
	// Details are JSON that the client gets beside the message.
	Details json.RawMessage
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Unauthorized is 401: nobody knows who calls.
func Unauthorized() *Refusal { return &Refusal{Code: "unauthorized"} }

// Forbidden is 403: the caller may not do this.
func Forbidden() *Refusal { return &Refusal{Code: "forbidden"} }

// Invalid is 400: the request is not well formed.
func Invalid(message string) *Refusal { return &Refusal{Code: "invalid", Message: message} }

// TooMany is 429.
func TooMany() *Refusal { return &Refusal{Code: "too-many"} }

// Stale asks the gateway to configure the plugin again, once for all, and to call again once.
func Stale() *Refusal { return &Refusal{Code: "stale"} }

// Say sets what the client reads.
func (r *Refusal) Say(message string) *Refusal {
	r.Message = message
	return r
}

// Header adds a field to the answer.
func (r *Refusal) Header(name, value string) *Refusal {
	r.Headers = append(r.Headers, Pair{name, value})
	return r
}

// Problem is a mistake in a configuration.
type Problem struct {
	// Pointer is a JSON pointer to it: /keys/3.
	Pointer string
	Message string
}

func (p *Problem) Error() string { return p.Pointer + ": " + p.Message }

// Response is a complete answer.
type Response struct {
	Status  int
	Headers Pairs
	Body    []byte
}

// Text is an answer of plain text, 200.
func Text(body string) Response {
	return Response{200, Pairs{{"content-type", "text/plain; charset=utf-8"}}, []byte(body)}
}

// Change is one change; see wit/types.wit.
type Change struct{ Code, Name, Value string }

// Patch are changes to a request or a reply: applied in order, all at once or not at all.
type Patch struct {
	Changes []Change
	// Body is the new body; nil leaves it alone.
	Body []byte
	// Respond is the answer in place of everything that would follow.
	Respond *Response
}

func (p Patch) change(code, name, value string) Patch {
	p.Changes = append(p.Changes, Change{code, name, value})
	return p
}

// SetHeader sets a field in place of all its values.
func (p Patch) SetHeader(name, value string) Patch { return p.change("set-header", name, value) }

// AppendHeader adds a field to those of its name.
func (p Patch) AppendHeader(name, value string) Patch { return p.change("append-header", name, value) }

// RemoveHeader removes all fields of a name.
func (p Patch) RemoveHeader(name string) Patch { return p.change("remove-header", name, "") }

// SetQuery sets a query parameter in place of all its values.
func (p Patch) SetQuery(name, value string) Patch { return p.change("set-query", name, value) }

// AppendQuery adds a query parameter.
func (p Patch) AppendQuery(name, value string) Patch { return p.change("append-query", name, value) }

// RemoveQuery removes a query parameter.
func (p Patch) RemoveQuery(name string) Patch { return p.change("remove-query", name, "") }

// SetPath sets the raw path.
func (p Patch) SetPath(path string) Patch { return p.change("set-path", "", path) }

// SetMethod sets the method.
func (p Patch) SetMethod(method string) Patch { return p.change("set-method", "", method) }

// SetStatus sets a reply's status.
func (p Patch) SetStatus(status int) Patch { return p.change("set-status", "", strconv.Itoa(status)) }

// SetContext sets a value that later hooks see as authorizer.NAME.
func (p Patch) SetContext(name, value string) Patch { return p.change("set-context", name, value) }

// Upstream sends the request elsewhere.
func (p Patch) Upstream(name string) Patch { return p.change("upstream", "", name) }
