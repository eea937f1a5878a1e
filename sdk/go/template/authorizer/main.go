// Lets callers in who show the token.
package main

import (
	"wasmgate"
	"wasmgate/authorizer"
)

type Token struct {
	Token string `json:"token" doc:"What callers send as Authorization."`
}

func (t *Token) Interest() wasmgate.Interest {
	return wasmgate.Interest{Headers: []string{"authorization"}}
}

func (t *Token) Authorize(request *wasmgate.Request) (wasmgate.Grant, error) {
	token, found := request.Headers.Find("authorization")
	if !found {
		return wasmgate.Grant{}, wasmgate.Unauthorized()
	}
	if !wasmgate.Equal(token, t.Token) {
		return wasmgate.Grant{}, wasmgate.Forbidden()
	}
	return wasmgate.Grant{Principal: "someone"}, nil
}

func init() {
	wasmgate.Export[Token](wasmgate.About{Name: "NAME", Version: "0.1.0", Summary: "What it does, in a line"},
		authorizer.Hook)
}

func main() {}
