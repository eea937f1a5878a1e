package wasmgate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Hook is one of authorizer.Hook, requestfilter.Hook and so on. The package that it stands in exports it.
type Hook struct {
	// Name is the contract's.
	Name string
	// Fits tells whether a plugin has the hook's methods.
	Fits func(Plugin) bool
}

// exported is what Export was told.
var exported struct {
	about   About
	hooks   []Hook
	schema  any
	fresh   func() Plugin
	plugins []Plugin
}

// Export makes a type the plugin, with these hooks. Call it in an init function, once.
func Export[T any, P interface {
	*T
	Plugin
}](about About, hooks ...Hook) {
	exported.about, exported.hooks = about, hooks
	exported.schema = schema(reflect.TypeFor[T]())
	exported.fresh = func() Plugin { return P(new(T)) }
	for _, hook := range hooks {
		if !hook.Fits(P(new(T))) {
			panic(fmt.Sprintf("%T has not the methods of the hook %s", *new(T), hook.Name))
		}
	}
}

// Describe is what the gateway asks first.
func describe() []byte {
	var names []string
	for _, hook := range exported.hooks {
		names = append(names, hook.Name)
	}
	about := exported.about
	description := map[string]any{
		"name": about.Name, "version": about.Version, "summary": about.Summary,
		"hooks": names, "capabilities": append([]string{}, about.Needs...),
		"configuration": exported.schema,
	}
	text, _ := json.Marshal(description)
	return text
}

type mistake struct {
	Entry   int    `json:"entry"`
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// Configure reads all configurations; false where the answer holds problems.
func configure(entries []string) ([]byte, bool) {
	answers := []map[string]Interest{}
	mistakes := []mistake{}
	for entry, text := range entries {
		plugin, err := Configure(text)
		if err != nil {
			problem := problemOf(err)
			mistakes = append(mistakes, mistake{entry, problem.Pointer, problem.Message})
			continue
		}
		exported.plugins = append(exported.plugins, plugin)
		answer := map[string]Interest{}
		for _, hook := range exported.hooks {
			answer[hook.Name] = lowered(plugin.Interest())
		}
		answers = append(answers, answer)
	}
	if len(mistakes) > 0 {
		text, _ := json.Marshal(map[string]any{"problems": mistakes})
		return text, false
	}
	text, _ := json.Marshal(map[string]any{"entries": answers})
	return text, true
}

// Configure reads one configuration, as the gateway would; wasmgatetest uses it.
func Configure(text string) (Plugin, error) {
	plugin := exported.fresh()
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(plugin); err != nil {
		return nil, err
	}
	if configurable, ok := plugin.(Configurable); ok {
		if err := configurable.Configure(); err != nil {
			return nil, err
		}
	}
	return plugin, nil
}

func problemOf(err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		pointer := "/" + strings.ReplaceAll(wrong.Field, ".", "/")
		return &Problem{pointer, fmt.Sprintf("is %s where %s is expected", wrong.Value, wrong.Type)}
	}
	return &Problem{"", err.Error()}
}

// lowered has the names of fields in lower case, as the gateway has them.
func lowered(interest Interest) Interest {
	for _, names := range [][]string{interest.Headers, interest.ReplyHeaders, interest.Sets} {
		for i, name := range names {
			names[i] = strings.ToLower(name)
		}
	}
	return interest
}
