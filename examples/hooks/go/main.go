// A shop's orders: a filter, a validator, a mapper and a function, each of which a route may use alone.
package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"wasmgate"
	"wasmgate/function"
	"wasmgate/mapper"
	"wasmgate/requestfilter"
	"wasmgate/validator"
)

type Orders struct {
	Price float64 `json:"price,omitempty" doc:"What one piece costs; 1 where it is left out."`
}

func (o *Orders) Configure() error {
	if o.Price == 0 {
		o.Price = 1
	}
	return nil
}

func (o *Orders) Interest() wasmgate.Interest {
	return wasmgate.Interest{Query: []string{"*"}, Body: true, ReplyBody: true}
}

// FilterRequest keeps advertisers' parameters from the upstream.
func (o *Orders) FilterRequest(request *wasmgate.Request) (wasmgate.Patch, error) {
	var patch wasmgate.Patch
	for _, parameter := range request.Query {
		if strings.HasPrefix(parameter.Name, "utm_") {
			patch = patch.RemoveQuery(parameter.Name)
		}
	}
	return patch, nil
}

// Validate wants an order to have a quantity.
func (o *Orders) Validate(request *wasmgate.Request) error {
	var order struct {
		Quantity float64 `json:"quantity"`
	}
	if err := request.JSON(&order); err != nil {
		return err
	}
	if order.Quantity <= 0 {
		refusal := wasmgate.Invalid("no valid order")
		refusal.Details = json.RawMessage(`{"quantity":"more than 0"}`)
		return refusal
	}
	return nil
}

// MapRequest wraps what clients send: the upstream speaks in envelopes.
func (o *Orders) MapRequest(request *wasmgate.Request) (wasmgate.Patch, error) {
	var order json.RawMessage
	if err := request.JSON(&order); err != nil {
		return wasmgate.Patch{}, err
	}
	body, err := json.Marshal(map[string]json.RawMessage{"order": order})
	return wasmgate.Patch{Body: body}, err
}

// MapResponse unwraps what the upstream answers.
func (o *Orders) MapResponse(_ *wasmgate.Request, reply *wasmgate.Reply) (wasmgate.Patch, error) {
	var envelope struct {
		Result json.RawMessage `json:"result"`
	}
	err := json.Unmarshal(reply.Body, &envelope)
	return wasmgate.Patch{Body: envelope.Result}, err
}

// Handle tells what an order would cost.
func (o *Orders) Handle(request *wasmgate.Request) (wasmgate.Response, error) {
	quantity := 1.0
	if given, found := request.Query.Find("quantity"); found {
		var err error
		if quantity, err = strconv.ParseFloat(given, 64); err != nil {
			return wasmgate.Response{}, wasmgate.Invalid("quantity is no number")
		}
	}
	body, err := json.Marshal(map[string]float64{"total": o.Price * quantity})
	return wasmgate.Response{
		Status:  200,
		Headers: wasmgate.Pairs{{Name: "content-type", Value: "application/json"}},
		Body:    body,
	}, err
}

func init() {
	wasmgate.Export[Orders](wasmgate.About{
		Name: "orders", Version: "0.1.0", Summary: "Filters, validates, maps and prices a shop's orders",
	}, requestfilter.Hook, validator.Hook, mapper.Hook, function.Hook)
}

func main() {}
