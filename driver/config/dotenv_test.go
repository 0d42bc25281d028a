package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/joho/godotenv"
)

// dotenvFile of a test, in a directory of its own.
func writeDotenv(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFaultyDotenv(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no equals sign", "PORT=5001\nREDIS URL\nSENTRY_DSN=" + dsnKey + "\n", "line 2 can't be read"},
		{"no equals sign in the last line", "PORT=5001\nREDIS_URL " + password, "line 2 can't be read"},
		{"quote without an end", "PORT=5001\n# remark\nREDIS_URL='" + password + "\nWINDOW=1\n", "line 3 can't be read"},
		{"binary", "\x00\x01\x02", "line 1 can't be read"},
		{"fault behind a value of two lines", "A=\"x\ny\"\n?=1\n", "line 3 can't be read"},
		{"faults in two lines", "?=1\nPORT=5001\n\n=" + password + "\n", "lines 1 and 4 can't be read"},
		{"faults in all lines", strings.Repeat("?\n", 32_000), "lines 1, 2, 3, 4, 5 and 31995 more can't be read"},
		{"quote without an end before many lines", "A='\n" + strings.Repeat("B=\n", 20_000), "line 1 can't be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := parseDotenv(test.text)
			if len(got.faults) != 1 || !strings.HasPrefix(got.faults[0].Text, test.want) {
				t.Errorf("got %v, want one fault with %q", got.faults, test.want)
			}
			scan(t, got.faults.Error())
		})
	}
}

func TestDotenvAsAWhole(t *testing.T) {
	absent := filepath.Join(t.TempDir(), ".env")
	dangling := absent + "-link"
	if err := os.Symlink(absent, dangling); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, fault string }{
		"absent":     {absent, ""},
		"with a BOM": {writeDotenv(t, "\ufeffWINDOW=9\n"), ""},
		"dangling":   {dangling, "is a link to what is not there"},
		"directory":  {t.TempDir(), "it is no file"},
		"FIFO":       {madeFIFO(t), "it is no file"},
		"too long":   {writeDotenv(t, strings.Repeat("#\n", 40_000)), "longer than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readDotenv(test.path)
			if (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) || len(got.faults) > 0 {
				t.Errorf("got %v, %v, want %q", err, got.faults, test.fault)
			}
			if name == "with a BOM" && got.values["WINDOW"] != "9" {
				t.Errorf("read %v", got.values)
			}
		})
	}
}

// Nobody knows what a file would set that can't be read, and so what is missing.
func TestDotenvThatCannotBeReadIsTheOnlyFault(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir(".env", 0o700); err != nil {
		t.Fatal(err)
	}
	var faults Faults
	if _, _, err := Load(Flags{}); !errors.As(err, &faults) || len(faults) != 1 || faults[0].Key != ".env" {
		t.Errorf("got %v", err)
	}
}

// A line that can't be read hides nothing of what is wrong, or right, in the others.
func TestFaultyDotenvAmongOtherFaults(t *testing.T) {
	t.Chdir(filepath.Dir(writeDotenv(t, "VENDOR_APP_ADDR=localhost:1\nREDIS_URL='redis://cache\nWINDOW=0\nREDIS_ULR=x\nSENTRY_DSN=\n")))
	_, _, err := Load(Flags{Port: "5001"})
	want := `the configuration can't be used:
  .env: line 2 can't be read; want KEY=value, KEY='value' or # and a remark
  REDIS_URL: is not set; want ` + redisURL(nil).want + `
  WINDOW: want a whole number from 8 to 50000, not "0"
  .env: REDIS_ULR in line 4 is no setting; perhaps REDIS_URL is meant`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// dollar is the doubt about a $ that is not in single quotes.
func dollar(where string) string {
	return ".env: a $ in " + where + " stands for a variable and is replaced; want the value in single quotes, if the $ belongs to it"
}

func TestDoubtfulDotenv(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"all is known", "# remark\nexport PORT=5001\nLINK_FRESH: 3s\n", ""},
		{"letters in another order", "\n\nPROT=5001\n", ".env: PROT in line 3 is no setting; perhaps PORT is meant"},
		{"a letter too few", "COMAND_THREADS=3", ".env: COMAND_THREADS in line 1 is no setting; perhaps COMMAND_THREADS is meant"},
		{"in lower case", "window=3", ".env: window in line 1 is no setting; perhaps WINDOW is meant"},
		{"like nothing", "LEASE_TTL=3", ".env: LEASE_TTL in line 1 is no setting"},
		{"of the environment", "TZ=UTC", ".env: TZ in line 1 is no setting"},
		{"the rest of a secret", "Zm9vYmFyYmF6cXV4=\n", ".env: the key in line 1 is no setting"},
		{"set twice", "WINDOW=8\nA=\"\n\"\nWINDOW=9\n", "WINDOW: is set in lines 1 and 4 of .env; the last one counts\n.env: A in line 2 is no setting"},
		{"a $ that is cut away", "WINDOW=9\nREDIS_URL=redis://u:a$" + strings.ToUpper(password) + "@h\n", dollar("line 2")},
		{"a $ before a digit, in double quotes", "REDIS_URL=\"redis://u:a$1@h\"", dollar("line 1")},
		{"a $ in each of some lines", "REDIS_URL='\n'\nREDIS_PREFIX=${A}\nSENTRY_DSN=$A\n", dollar("lines 3 and 4")},
		{"a $ that stays", "REDIS_URL='a$A\\$B'\nREDIS_PREFIX=a$b\nSENTRY_DSN=\"a\\$A\"\nWINDOW=8 # $A", ""},
		{"set twice and unknown", "A=1\nA=2\n", ".env: A in lines 1 and 2 is no setting"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := parseDotenv(test.text)
			var got []string
			for _, doubt := range file.doubts() {
				got = append(got, doubt.String())
			}
			if strings.Join(got, "\n") != test.want || len(file.faults) > 0 {
				t.Errorf("got %q and faults %v, want %q", got, file.faults, test.want)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"PORT", "PORT", 0}, {"PORT", "", 4}, {"", "PORT", 4}, {"KITTEN", "SITTING", 3}, {"PROT", "PORT", 2}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("from %q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// The real environment is not ours alone: what no setting knows there is no doubt.
func TestRealEnvironmentIsNotDoubted(t *testing.T) {
	t.Chdir(t.TempDir())
	for key, value := range needed {
		t.Setenv(key, value)
	}
	t.Setenv("WINDOWS", "8")
	if _, doubts, err := Load(Flags{}); err != nil || len(doubts) > 0 {
		t.Errorf("%v, %v", doubts, err)
	}
}

// Read line by line, a file says what it says to godotenv as a whole.
func FuzzParseDotenv(f *testing.F) {
	f.Add("PORT=5001\n# remark\nexport REDIS_URL='redis://:x@h:1'\n")
	f.Add("A=\"${B}\\n\"\nB=$A")
	f.Add("A: b\n=c")
	f.Add("A='\n\nB=\"'\nC=\"\\\"\nD=\"\rE=1")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return
		}
		got := parseDotenv(text)
		whole, err := godotenv.Unmarshal(text)
		if _, keyless := whole[""]; err != nil || keyless {
			if len(got.faults) == 0 {
				t.Errorf("%q gives no fault, want %v", text, err)
			}
			return
		}
		if len(got.faults) > 0 || !maps.Equal(got.values, whole) || len(got.lines) != len(whole) {
			t.Errorf("%q gives %q and %v, want %q", text, got.values, got.faults, whole)
		}
	})
}
