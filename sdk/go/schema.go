package wasmgate

import (
	"reflect"
	"strings"
)

// schema is the JSON Schema of a type: its json tags name the members, those without omitempty are required, and a tag
// doc describes them.
func schema(of reflect.Type) any {
	// What a configuration holds there when it is held against the schema is {file: PATH}.
	if of == reflect.TypeFor[Asset]() {
		return map[string]any{}
	}
	switch of.Kind() {
	case reflect.Pointer:
		return schema(of.Elem())
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": schema(of.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schema(of.Elem())}
	case reflect.Struct:
		return object(of)
	default:
		return true
	}
}

func object(of reflect.Type) any {
	members, required := map[string]any{}, []string{}
	for _, field := range reflect.VisibleFields(of) {
		name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		member := schema(field.Type)
		if described, ok := member.(map[string]any); ok && field.Tag.Get("doc") != "" {
			described["description"] = field.Tag.Get("doc")
		}
		members[name] = member
		if !strings.Contains(rest, "omitempty") {
			required = append(required, name)
		}
	}
	return map[string]any{
		"type": "object", "properties": members, "required": required, "additionalProperties": false,
	}
}
