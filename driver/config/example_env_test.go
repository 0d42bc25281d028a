package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/joho/godotenv"
)

var update = flag.Bool("update", false, "write .env.example anew")

const exampleFile = "../../.env.example"

// example renders .env.example from the table.
func example() string {
	var text strings.Builder
	text.WriteString("# Copy to .env in the directory that mercury-driver starts in; the real environment wins over it.\n" +
		"# Only what is needed must be set: the other values here are the defaults. A value with a $ or # in it\n" +
		"# goes in single quotes.\n")
	for _, s := range settings {
		value := s.fallback
		if s.need != optional {
			value = s.example
		}
		fmt.Fprintf(&text, "\n# %s\n# %s; %s\n%s=%s\n", s.meaning, s.want, s.standing(), s.key, value)
	}
	return text.String()
}

func TestExampleIsComplete(t *testing.T) {
	want := example()
	if *update {
		if err := os.WriteFile(exampleFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf(".env.example is not what the settings say; go test ./driver/config -update writes it anew")
	}
}

func TestExampleHasTheDefaults(t *testing.T) {
	values, err := godotenv.Read(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	all, faults := read(Flags{}, func(key string) (string, bool) { value, set := values[key]; return value, set })
	if faults != nil {
		t.Fatalf("as it stands it is no configuration: %v", faults)
	}
	least, faults := read(Flags{}, func(key string) (string, bool) {
		for _, s := range settings {
			if s.key == key && s.need != optional {
				return values[key], true
			}
		}
		return "", false
	})
	if faults != nil {
		t.Fatal(faults)
	}
	if all != least {
		t.Errorf("it sets\n%+v, the defaults are\n%+v", all, least)
	}
}
