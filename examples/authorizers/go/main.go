// Lets callers in who show a known key, and tells later hooks who they are.
package main

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"wasmgate"
	"wasmgate/authorizer"
)

type Keys struct {
	Keys wasmgate.Asset `json:"keys" doc:"A file with a key, a caller and a tenant in each line."`
	Ask  string         `json:"ask" doc:"The caller's name is added to this URL."`

	callers wasmgate.Table
	granted wasmgate.Metric
}

// Configure puts each line of the file into a table: the key, and the caller and tenant.
func (k *Keys) Configure() error {
	lines, err := k.Keys.Read()
	if err != nil {
		return &wasmgate.Problem{Pointer: "/keys", Message: err.Error()}
	}
	var entries wasmgate.Pairs
	for line := range strings.Lines(string(lines)) {
		key, caller, _ := strings.Cut(strings.TrimSpace(line), ",")
		entries = append(entries, wasmgate.Pair{Name: key, Value: caller})
	}
	if k.callers, err = wasmgate.NewTable(entries); err != nil {
		return err
	}
	k.granted, err = wasmgate.Counter("granted", "Callers that were let in.")
	return err
}

func (k *Keys) Interest() wasmgate.Interest {
	return wasmgate.Interest{Headers: []string{"x-api-key"}}
}

func (k *Keys) Authorize(request *wasmgate.Request) (wasmgate.Grant, error) {
	key, found := request.Headers.Find("x-api-key")
	if !found {
		return wasmgate.Grant{}, wasmgate.Unauthorized().Say("show your key as X-Api-Key")
	}
	caller, tenant, err := k.caller(key)
	if err != nil {
		return wasmgate.Grant{}, err
	}
	if err := k.wanted(caller); err != nil {
		return wasmgate.Grant{}, err
	}
	calls, err := wasmgate.KVIncrement(caller, 1, 0)
	if err != nil {
		return wasmgate.Grant{}, err
	}
	proof, err := wasmgate.Digest("SHA-256", key)
	if err != nil {
		return wasmgate.Grant{}, err
	}
	k.granted.Add(1)
	id, _ := wasmgate.ContextValue("requestId")
	slog.Info(fmt.Sprintf("%s calls in request %s", caller, id))
	grant := wasmgate.Grant{Principal: caller}
	return grant.With("tenant", tenant).With("calls", strconv.FormatInt(calls, 10)).
		With("proof", hex.EncodeToString(proof)), nil
}

// Caller is who has the key: the operator by the master key, or one of the table.
func (k *Keys) caller(key string) (caller, tenant string, err error) {
	master, err := wasmgate.Secret("master")
	if err != nil {
		return "", "", err
	}
	if wasmgate.Equal(key, master) {
		return "operator", "all", nil
	}
	known, found := k.callers.Lookup(key)
	if !found {
		return "", "", wasmgate.Forbidden().Say("unknown key")
	}
	caller, tenant, _ = strings.Cut(known, ",")
	return caller, tenant, nil
}

// Wanted asks the upstream, which has a word too: it answers 200 for callers that it wants.
func (k *Keys) wanted(caller string) error {
	answer, err := wasmgate.Fetch("GET", k.Ask+caller, nil, nil, 0)
	if err != nil {
		return err
	}
	if answer.Status != 200 {
		return wasmgate.Forbidden().Say(caller + " is not wanted")
	}
	return nil
}

func init() {
	wasmgate.Export[Keys](wasmgate.About{
		Name: "authorizer", Version: "0.1.0", Summary: "Lets callers in who show a known key",
		Needs: []string{"http", "kv", "secrets"},
	}, authorizer.Hook)
}

func main() {}
