package main

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// actionFlags are the flags of one kind of command. They write into the action itself.
type actionFlags struct {
	*flagSet
	needed []string
	words  []string
	// together says what is wrong with the flags beside each other; nil: they are independent.
	together func() error
}

// synopsis names the flags, those that may be left out in brackets.
func (f *actionFlags) synopsis() string { return strings.Join(f.words, " ") }

// check looks at all flags together, once they are parsed.
func (f *actionFlags) check() error {
	given := make(map[string]bool)
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	for _, name := range f.needed {
		if !given[name] {
			return fmt.Errorf("-%s is missing", name)
		}
	}
	if f.together == nil {
		return nil
	}
	return f.together()
}

func (f *actionFlags) need(name, value, usage string, set func(string) error) {
	f.needed = append(f.needed, name)
	f.words = append(f.words, "-"+name+" "+value)
	f.Func(name, usage, set)
}

func (f *actionFlags) may(name, value, usage string, set func(string) error) {
	f.words = append(f.words, "[-"+name+" "+value+"]")
	f.Func(name, usage, set)
}

// number is a needed number from 1.
func (f *actionFlags) number(to *uint32, name, usage string) {
	f.need(name, "N", usage+", from 1", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 0 {
			return errors.New("want a whole number from 1")
		}
		*to = uint32(n)
		return nil
	})
}

// card is a needed card number.
func (f *actionFlags) card(to *uint64) {
	f.need("card", "N", "card number, 1 to 2^63-1", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil || n == 0 {
			return errors.New("want a card number from 1")
		}
		*to = n
		return nil
	})
}

// toggle is a flag that is on or off.
func (f *actionFlags) toggle(to *bool, name string, otherwise bool, usage string) {
	f.words = append(f.words, fmt.Sprintf("[-%s=%v]", name, !otherwise))
	f.BoolVar(to, name, otherwise, usage)
}

// choice is a needed value of an enum, in small letters and with hyphens.
func choice[E interface {
	~int32
	protoreflect.Enum
}](f *actionFlags, to *E, name, usage string) {
	var words []string
	values := (*to).Descriptor().Values()
	prefix := strings.TrimSuffix(string(values.Get(0).Name()), "UNSPECIFIED")
	for i := 1; i < values.Len(); i++ {
		word := strings.TrimPrefix(string(values.Get(i).Name()), prefix)
		words = append(words, strings.ToLower(strings.ReplaceAll(word, "_", "-")))
	}
	f.need(name, strings.Join(words, "|"), usage, func(text string) error {
		for i, word := range words {
			if word == text {
				*to = E(values.Get(i + 1).Number())
				return nil
			}
		}
		return errors.New("want " + strings.Join(words, ", "))
	})
}

// moment is a time that may be left out.
func (f *actionFlags) moment(to *int64, name, usage string) {
	f.may(name, "TIME", usage+", as 2026-01-31T12:00:00Z", func(text string) error {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return errors.New("want a time like 2026-01-31T12:00:00Z")
		}
		*to = at.UnixNano()
		return nil
	})
}
