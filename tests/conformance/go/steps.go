package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"wasmgate"
)

// Done is what came of all that was to be done.
type done struct {
	*Conforms
	request *wasmgate.Request
	reply   *wasmgate.Reply

	lines            [][]byte
	refused          *wasmgate.Refusal
	headers, context wasmgate.Pairs
	grant            wasmgate.Grant
	patch            wasmgate.Patch
	status           int
	body             []byte
}

var sink []byte

func (d *done) step(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	a, b, _ := strings.Cut(rest, " ")
	switch verb {
	case "repeat":
		for range number(a) {
			d.step(b)
		}
	case "trap":
		panic("as asked")
	case "spin":
		for {
		}
	case "eat":
		for eaten := [][]byte{}; ; {
			eaten = append(eaten, bytes.Repeat([]byte("x"), 1<<20))
			sink = eaten[len(eaten)-1]
		}
	case "recurse":
		recurse(0)
	case "big":
		d.body = bytes.Repeat([]byte("x"), number(a))
	case "refuse":
		d.refused = &wasmgate.Refusal{Code: a, Message: b}
	case "details":
		d.refused.Details = json.RawMessage(rest)
	case "header":
		d.headers = append(d.headers, wasmgate.Pair{Name: a, Value: b})
	case "context":
		d.context = append(d.context, wasmgate.Pair{Name: a, Value: b})
	case "principal":
		d.grant.Principal = rest
	case "usage-key":
		d.grant.UsageKey = rest
	case "policy":
		d.grant.Policy = rest
	case "ttl":
		d.grant.TTL = time.Duration(number(a)) * time.Second
	case "status":
		d.status = number(a)
	case "body":
		d.body = []byte(rest)
	case "log":
		slog.Info(b)
	case "count":
		d.count.Add(amount(a))
	case "level":
		d.level.Observe(amount(a))
	case "measure":
		d.measure.Observe(amount(a))
	default:
		if !d.change(verb, a, b, rest) {
			d.tell(d.ask(verb, a, b))
		}
	}
}

func (d *done) change(verb, a, b, rest string) bool {
	switch verb {
	case "line-end":
		d.patch = d.patch.SetHeader("x-a", "a\r\nb")
	case "set-header":
		d.patch = d.patch.SetHeader(a, b)
	case "append-header":
		d.patch = d.patch.AppendHeader(a, b)
	case "remove-header":
		d.patch = d.patch.RemoveHeader(a)
	case "set-context":
		d.patch = d.patch.SetContext(a, b)
	case "set-query":
		d.patch = d.patch.SetQuery(a, b)
	case "append-query":
		d.patch = d.patch.AppendQuery(a, b)
	case "remove-query":
		d.patch = d.patch.RemoveQuery(a)
	case "set-path":
		d.patch = d.patch.SetPath(rest)
	case "set-method":
		d.patch = d.patch.SetMethod(rest)
	case "set-status":
		d.patch = d.patch.SetStatus(number(rest))
	case "upstream":
		d.patch = d.patch.Upstream(rest)
	default:
		return false
	}
	return true
}

func (d *done) tell(line string, err error) {
	var refused *wasmgate.Error
	if errors.As(err, &refused) {
		line = "! " + refused.Code
	} else if err != nil {
		line = "! " + err.Error()
	}
	d.lines = append(d.lines, []byte(line))
}

// Ask gives what an import gives, as a line.
func (d *done) ask(verb, a, b string) (string, error) {
	switch verb {
	case "see":
		return orNone(d.see(a, b))
	case "now":
		return named(verb, time.Now().Unix() > 1_600_000_000), nil
	case "random":
		return named(verb, wasmgate.Random() != wasmgate.Random()), nil
	case "ask":
		return orNone(wasmgate.ContextValue(a))
	case "secret":
		return wasmgate.Secret(a)
	case "digest":
		digest, err := wasmgate.Digest(a, b)
		return hex.EncodeToString(digest), err
	case "equal":
		return strconv.FormatBool(wasmgate.Equal(a, b)), nil
	case "sign":
		signature, err := d.signer.Sign(a)
		return hex.EncodeToString(signature), err
	case "verify":
		return d.verified(a)
	case "lookup":
		return orNone(d.table.Lookup(a))
	case "fetch":
		answer, err := wasmgate.Fetch("GET", a, nil, nil, 0)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%d %s", answer.Status, answer.Body), nil
	default:
		return values(verb, a, b)
	}
}

func (d *done) verified(message string) (string, error) {
	signature, err := d.signer.Sign(message)
	if err != nil {
		return "", err
	}
	right, err := d.verifier.Verify(message, string(signature))
	if err != nil {
		return "", err
	}
	wrong, err := d.verifier.Verify("other", string(signature))
	return strconv.FormatBool(right && !wrong), err
}

func values(verb, key, rest string) (string, error) {
	switch verb {
	case "kv-get":
		value, err := wasmgate.KVGet(key)
		if value == nil {
			return "-", err
		}
		return string(value), err
	case "kv-set":
		return "ok", wasmgate.KVSet(key, rest, 0)
	case "kv-delete":
		return "ok", wasmgate.KVDelete(key)
	case "kv-increment":
		sum, err := wasmgate.KVIncrement(key, int64(number(rest)), 0)
		return strconv.FormatInt(sum, 10), err
	}
	before, value, _ := strings.Cut(rest, " ")
	expected := &before
	if before == "-" {
		expected = nil
	}
	swapped, err := wasmgate.KVSwap(key, expected, value, 0)
	return strconv.FormatBool(swapped), err
}

func (d *done) see(what, name string) (string, bool) {
	switch what {
	case "method":
		return d.request.Method, true
	case "path":
		return d.request.Path, true
	case "query":
		return d.request.RawQuery, true
	case "header":
		return d.request.Headers.Find(name)
	case "query-parameter":
		return d.request.Query.Find(name)
	case "path-parameter":
		return d.request.Parameters.Find(name)
	case "context":
		return d.request.Context.Find(name)
	case "body":
		return string(d.request.Body), d.request.Body != nil
	case "reply-status":
		return strconv.Itoa(d.reply.Status), true
	case "reply-header":
		return d.reply.Headers.Find(name)
	case "reply-body":
		return string(d.reply.Body), d.reply.Body != nil
	}
	return "", false
}

func recurse(depth int) int { return recurse(depth+1) + 1 }

func orNone(text string, found bool) (string, error) {
	if !found {
		return "-", nil
	}
	return text, nil
}

func named(name string, right bool) string {
	if right {
		return name
	}
	return "wrong"
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return value
}

func amount(text string) float64 {
	value, _ := strconv.ParseFloat(text, 64)
	return value
}
