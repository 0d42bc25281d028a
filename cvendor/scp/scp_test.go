package scp

import (
	"errors"
	"fmt"
	"testing"
)

func TestError(t *testing.T) {
	tests := []struct {
		name string
		err  *Error
		want string
	}{
		{"with the library's words", &Error{Op: "open channel 0 on port 5001", Code: Refused, Text: "port is taken"},
			"open channel 0 on port 5001: refused: port is taken"},
		{"without", &Error{Op: "drain", Code: Closed}, "drain: closed"},
		{"a code that is none", &Error{Op: "drain"}, "drain: code 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.err.Error() != test.want {
				t.Errorf("got %q, want %q", test.err, test.want)
			}
			wrapped := fmt.Errorf("controller 61364: %w", test.err)
			if !errors.Is(wrapped, &Error{Code: test.err.Code}) {
				t.Error("it is not known by its code")
			}
			if errors.Is(wrapped, &Error{Code: Malformed}) || errors.Is(wrapped, errors.ErrUnsupported) {
				t.Error("it is taken for another")
			}
		})
	}
}
