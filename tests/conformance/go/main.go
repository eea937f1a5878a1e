// Does what a request's fields `do` say, in every hook: ../README.md.
package main

import (
	"bytes"

	"wasmgate"
	"wasmgate/authorizer"
	"wasmgate/function"
	"wasmgate/mapper"
	"wasmgate/observer"
	"wasmgate/requestfilter"
	"wasmgate/responsefilter"
	"wasmgate/validator"
)

const signingKey = "key-of-at-least-32-bytes-for-HS256"

type Conforms struct {
	Kept    wasmgate.Asset `json:"kept"`
	Mistake string         `json:"mistake,omitempty"`

	table                 wasmgate.Table
	signer, verifier      wasmgate.Key
	count, level, measure wasmgate.Metric
}

func (c *Conforms) Configure() error {
	if c.Mistake != "" {
		return &wasmgate.Problem{Pointer: "/mistake", Message: c.Mistake}
	}
	kept, err := c.Kept.Read()
	if err == nil {
		c.table, err = wasmgate.NewTable(wasmgate.Pairs{{Name: "kept", Value: string(kept)}})
	}
	if err == nil {
		c.signer, err = wasmgate.SigningKey("HS256", "raw", signingKey)
	}
	if err == nil {
		c.verifier, err = wasmgate.VerifyingKey("HS256", "raw", signingKey)
	}
	if err == nil {
		c.count, err = wasmgate.Counter("count", "What was counted.")
	}
	if err == nil {
		c.level, err = wasmgate.Gauge("level", "How much there is.")
	}
	if err == nil {
		c.measure, err = wasmgate.Histogram("measure", "What was measured.", []float64{1, 10})
	}
	return err
}

func (c *Conforms) Interest() wasmgate.Interest {
	all := []string{"*"}
	return wasmgate.Interest{
		Headers: all, Query: all, Path: all, Context: []string{"sourceIp", "authorizer.tenant"}, Body: true,
		ReplyHeaders: all, ReplyBody: true,
	}
}

func (c *Conforms) Authorize(request *wasmgate.Request) (wasmgate.Grant, error) {
	done, err := c.perform(request, nil)
	done.grant.Context = done.context
	return done.grant, err
}

func (c *Conforms) FilterRequest(request *wasmgate.Request) (wasmgate.Patch, error) {
	done, err := c.perform(request, nil)
	return done.patched(), err
}

func (c *Conforms) FilterResponse(request *wasmgate.Request, reply *wasmgate.Reply) (wasmgate.Patch, error) {
	done, err := c.perform(request, reply)
	return done.patched(), err
}

func (c *Conforms) Validate(request *wasmgate.Request) error {
	_, err := c.perform(request, nil)
	return err
}

func (c *Conforms) MapRequest(request *wasmgate.Request) (wasmgate.Patch, error) {
	return c.FilterRequest(request)
}

func (c *Conforms) MapResponse(request *wasmgate.Request, reply *wasmgate.Reply) (wasmgate.Patch, error) {
	return c.FilterResponse(request, reply)
}

func (c *Conforms) Handle(request *wasmgate.Request) (wasmgate.Response, error) {
	done, err := c.perform(request, nil)
	return done.response(), err
}

func (c *Conforms) Observe(request *wasmgate.Request, reply *wasmgate.Reply) {
	// An observer has nobody to refuse.
	_, _ = c.perform(request, reply)
}

func (c *Conforms) perform(request *wasmgate.Request, reply *wasmgate.Reply) (*done, error) {
	to := &done{Conforms: c, request: request, reply: reply}
	for _, field := range request.Headers {
		if field.Name == "do" {
			to.step(field.Value)
		}
	}
	if to.refused == nil {
		return to, nil
	}
	to.refused.Headers, to.refused.Context = to.headers, to.context
	return to, to.refused
}

func (d *done) patched() wasmgate.Patch {
	if d.status != 0 {
		response := d.response()
		return wasmgate.Patch{Respond: &response}
	}
	patch := d.patch
	if len(d.lines) > 0 {
		patch = patch.SetContext("seen", string(bytes.Join(d.lines, []byte(","))))
	}
	patch.Body = d.body
	return patch
}

func (d *done) response() wasmgate.Response {
	response := wasmgate.Response{Status: d.status, Headers: d.headers, Body: d.body}
	if d.status == 0 {
		response.Status = 200
	}
	if d.body == nil {
		response.Body = bytes.Join(d.lines, []byte("\n"))
	}
	return response
}

func init() {
	wasmgate.Export[Conforms](wasmgate.About{
		Name: "conforms", Version: "0.1.0", Summary: "Does what a request says, in every hook",
		Needs: []string{"http", "kv", "secrets"},
	}, authorizer.Hook, requestfilter.Hook, responsefilter.Hook, validator.Hook, mapper.Hook, function.Hook, observer.Hook)
}

func main() {}
