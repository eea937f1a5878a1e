package wasmgate

import (
	"context"
	"log/slog"
	"strings"

	"wasmgate/internal/host"
)

// What log/slog and log write goes to the gateway's log, which adds time, plugin, route and request.
func init() { slog.SetDefault(slog.New(lines{})) }

type lines struct{ fields, group string }

func (l lines) Enabled(_ context.Context, level slog.Level) bool {
	return grade(level) >= host.Threshold()
}

func (l lines) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	line.WriteString(record.Message)
	line.WriteString(l.fields)
	record.Attrs(func(field slog.Attr) bool {
		line.WriteString(l.field(field))
		return true
	})
	host.Log(grade(record.Level), line.String())
	return nil
}

func (l lines) WithAttrs(fields []slog.Attr) slog.Handler {
	for _, field := range fields {
		l.fields += l.field(field)
	}
	return l
}

func (l lines) WithGroup(name string) slog.Handler {
	l.group += name + "."
	return l
}

func (l lines) field(field slog.Attr) string {
	return " " + l.group + field.Key + "=" + field.Value.Resolve().String()
}

// grade is the contract's: trace, debug, info, warn, error.
func grade(level slog.Level) int {
	switch {
	case level < slog.LevelDebug:
		return 0
	case level < slog.LevelInfo:
		return 1
	case level < slog.LevelWarn:
		return 2
	case level < slog.LevelError:
		return 3
	default:
		return 4
	}
}
