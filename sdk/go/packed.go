package wasmgate

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// call calls a hook by its number in the contract. Values are written as wit/packed.wit says.
func call(hook, entry uint32, values string, requestBody, replyBody []byte) (answer, body []byte) {
	defer func() {
		if reason := recover(); reason != nil {
			answer, body = refused(fmt.Errorf("panic: %v", reason)), nil
		}
	}()
	from := reader{values}
	request := from.request(requestBody)
	var reply Reply
	if len(from.rest) > 0 {
		reply = from.reply(replyBody)
	}
	return dispatch(hook, exported.plugins[entry], &request, &reply)
}

func dispatch(hook uint32, plugin Plugin, request *Request, reply *Reply) ([]byte, []byte) {
	switch hook {
	case 0:
		grant, err := plugin.(Authorizer).Authorize(request)
		return granted(grant, err)
	case 1:
		patch, err := plugin.(RequestFilter).FilterRequest(request)
		return patched(patch, err)
	case 2:
		patch, err := plugin.(ResponseFilter).FilterResponse(request, reply)
		return patched(patch, err)
	case 3:
		return accepted(plugin.(Validator).Validate(request))
	case 4:
		patch, err := plugin.(Mapper).MapRequest(request)
		return patched(patch, err)
	case 5:
		patch, err := plugin.(Mapper).MapResponse(request, reply)
		return patched(patch, err)
	case 6:
		response, err := plugin.(Function).Handle(request)
		return answered(response, err)
	default:
		plugin.(Observer).Observe(request, reply)
		return nil, nil
	}
}

type reader struct{ rest string }

func (r *reader) number() uint32 {
	if len(r.rest) < 4 {
		return 0
	}
	number := uint32(r.rest[0]) | uint32(r.rest[1])<<8 | uint32(r.rest[2])<<16 | uint32(r.rest[3])<<24
	r.rest = r.rest[4:]
	return number
}

func (r *reader) text() string {
	size := min(int(r.number()), len(r.rest))
	text := r.rest[:size]
	r.rest = r.rest[size:]
	return text
}

func (r *reader) pairs() Pairs {
	count := min(int(r.number()), len(r.rest)/8)
	if count == 0 {
		return nil
	}
	pairs := make(Pairs, count)
	for i := range pairs {
		pairs[i] = Pair{r.text(), r.text()}
	}
	return pairs
}

func (r *reader) request(body []byte) Request {
	request := Request{Method: r.text(), Path: r.text(), RawQuery: r.text(), Headers: r.pairs(), Query: r.pairs(),
		Parameters: r.pairs(), Context: r.pairs(), Body: body}
	r.pairs()
	return request
}

func (r *reader) reply(body []byte) Reply {
	return Reply{Status: int(r.number()), Headers: r.pairs(), Extra: r.pairs(), Body: body}
}

type writer []byte

func (w *writer) number(number int) { *w = binary.LittleEndian.AppendUint32(*w, uint32(number)) }

func (w *writer) text(text string) {
	w.number(len(text))
	*w = append(*w, text...)
}

func (w *writer) pairs(pairs Pairs) {
	w.number(len(pairs))
	for _, pair := range pairs {
		w.text(pair.Name)
		w.text(pair.Value)
	}
}

func (w *writer) response(response *Response) {
	w.number(response.Status)
	w.pairs(response.Headers)
	w.number(0)
}

// scratch is the room of answers, from one call to the next.
var scratch writer = make([]byte, 0, 4096)

func done() writer {
	answer := scratch[:0]
	answer.number(0)
	return answer
}

func granted(grant Grant, err error) ([]byte, []byte) {
	if err != nil {
		return refused(err), nil
	}
	answer := done()
	answer.text(grant.Principal)
	answer.pairs(grant.Context)
	answer.text(grant.UsageKey)
	answer.text(grant.Policy)
	answer.number(int(grant.TTL.Seconds()))
	answer.number(0)
	return answer, nil
}

func patched(patch Patch, err error) ([]byte, []byte) {
	if err != nil {
		return refused(err), nil
	}
	answer := done()
	answer.number(len(patch.Changes))
	for _, change := range patch.Changes {
		answer.text(change.Code)
		answer.text(change.Name)
		answer.text(change.Value)
	}
	if patch.Respond == nil {
		answer.number(0)
		answer.number(0)
		return answer, patch.Body
	}
	answer.number(1)
	answer.response(patch.Respond)
	answer.number(0)
	return answer, patch.Respond.Body
}

func answered(response Response, err error) ([]byte, []byte) {
	if err != nil {
		return refused(err), nil
	}
	answer := done()
	answer.response(&response)
	return answer, append([]byte{}, response.Body...)
}

func accepted(err error) ([]byte, []byte) {
	if err != nil {
		return refused(err), nil
	}
	return done(), nil
}

func refused(err error) []byte {
	refusal := &Refusal{Code: "failure", Message: err.Error()}
	errors.As(err, &refusal)
	answer := scratch[:0]
	answer.number(1)
	answer.text(refusal.Code)
	answer.text(refusal.Message)
	answer.pairs(refusal.Headers)
	answer.pairs(refusal.Context)
	if refusal.Details == nil {
		answer.number(0)
	} else {
		answer.pairs(Pairs{{"details", string(refusal.Details)}})
	}
	return answer
}
