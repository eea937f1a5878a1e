// Package wasmgate is for writing wasmgate plugins in Go.
//
// A plugin is a struct that is its configuration, with a method for each hook that it has:
//
//	type Token struct {
//		Token string `json:"token" doc:"What callers send as Authorization."`
//	}
//
//	func (t *Token) Interest() wasmgate.Interest {
//		return wasmgate.Interest{Headers: []string{"authorization"}}
//	}
//
//	func (t *Token) Authorize(request *wasmgate.Request) (wasmgate.Grant, error) {
//		if !wasmgate.Equal(request.Header("authorization"), t.Token) {
//			return wasmgate.Grant{}, wasmgate.Forbidden()
//		}
//		return wasmgate.Grant{Principal: "someone"}, nil
//	}
//
//	func init() { wasmgate.Export[Token](wasmgate.About{Name: "token"}, authorizer.Hook) }
//
//	func main() {}
//
// `wasmgate plugin build` makes the plugin. Package wasmgatetest stands in for the gateway under go test.
//
// # What to know
//
// Configuration is read once, and its memory is what every request begins with: what a request writes to memory is gone
// after it. What has to stay goes to [KVSet]. Random numbers that math/rand makes begin the same for every request;
// crypto/rand's do not.
//
// log/slog writes to the gateway's log. time.Now is the time at which the hook was called; time.Sleep moves the plugin's
// clock and waits for nothing. There are no files, no arguments, no environment and no sockets.
//
// A panic denies the request; its message goes to the gateway's log.
package wasmgate

// About says what a plugin is.
type About struct {
	Name    string
	Version string
	// Summary is what it does, in a line.
	Summary string
	// Needs are the capabilities without which it cannot work: http, kv, secrets.
	Needs []string
}

// Plugin is what every plugin implements.
type Plugin interface {
	// Interest is what its hooks look at: the gateway hands over this and nothing else.
	Interest() Interest
}

// Configurable is implemented by plugins that have more to do than to read their settings: check them, make keys,
// metrics and tables. An error refuses the deployment; a [Problem] says where.
type Configurable interface {
	Configure() error
}

// Interest is what hooks want to see. The name * stands for all.
type Interest struct {
	Headers      []string `json:"headers,omitempty"`
	Query        []string `json:"query,omitempty"`
	Path         []string `json:"path,omitempty"`
	Context      []string `json:"context,omitempty"`
	Body         bool     `json:"body,omitempty"`
	ReplyHeaders []string `json:"reply-headers,omitempty"`
	ReplyBody    bool     `json:"reply-body,omitempty"`
	// Sets are fields that a request filter or mapper sets for the upstream: the client's own are removed first.
	Sets []string `json:"sets,omitempty"`
	// Identity names the values by which an authorizer's grants may be cached: header.NAME, query.NAME and so on.
	Identity []string `json:"identity,omitempty"`
}

// Authorizer decides who may call a route.
type Authorizer interface {
	Plugin
	Authorize(request *Request) (Grant, error)
}

// RequestFilter changes requests, or answers them.
type RequestFilter interface {
	Plugin
	FilterRequest(request *Request) (Patch, error)
}

// ResponseFilter changes replies, those of the gateway's own errors too.
type ResponseFilter interface {
	Plugin
	FilterResponse(request *Request, reply *Reply) (Patch, error)
}

// Validator decides whether a request is well formed.
type Validator interface {
	Plugin
	Validate(request *Request) error
}

// Mapper maps requests to what the upstream expects, and its replies back.
type Mapper interface {
	Plugin
	MapRequest(request *Request) (Patch, error)
	MapResponse(request *Request, reply *Reply) (Patch, error)
}

// Function answers requests itself.
type Function interface {
	Plugin
	Handle(request *Request) (Response, error)
}

// Observer is told of exchanges after their responses.
type Observer interface {
	Plugin
	Observe(request *Request, reply *Reply)
}
