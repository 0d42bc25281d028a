package config

import (
	"os"
	"strings"
	"testing"
)

func TestDoubtfulSettings(t *testing.T) {
	dir := t.TempDir()
	keys := map[os.FileMode]string{}
	for _, mode := range []os.FileMode{0o644, 0o664, 0o646} {
		keys[mode] = writeKeys(t, "desk-1 "+aKey(1))
		if err := os.Chmod(keys[mode], mode); err != nil {
			t.Fatal(err)
		}
	}
	link := dir + "/keys"
	if err := os.Symlink(keys[0o644], link); err != nil {
		t.Fatal(err)
	}
	const everyInterface = " is every interface, and the admin address has no access control; want 127.0.0.1:15055 for this machine alone"
	const writable = " may be written by everybody, and who writes it can sign commands; want chmod o-w"
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nothing":                       {nil, ""},
		"admin for this machine":        {map[string]string{"ADMIN_ADDR": "127.0.0.1:15055"}, ""},
		"admin on one interface":        {map[string]string{"ADMIN_ADDR": "192.0.2.1:15055"}, ""},
		"admin by a name":               {map[string]string{"ADMIN_ADDR": "localhost:15055"}, ""},
		"no admin":                      {map[string]string{"ADMIN_ADDR": "off"}, ""},
		"admin on no host":              {map[string]string{"ADMIN_ADDR": ":15055"}, "ADMIN_ADDR: :15055" + everyInterface},
		"admin on IPv4's any":           {map[string]string{"ADMIN_ADDR": "0.0.0.0:15055"}, "ADMIN_ADDR: 0.0.0.0:15055" + everyInterface},
		"admin on IPv6's any":           {map[string]string{"ADMIN_ADDR": "[::]:15055"}, "ADMIN_ADDR: [::]:15055" + everyInterface},
		"keys for their owner to write": {map[string]string{"COMMAND_KEYS": keys[0o644]}, ""},
		"keys by a link":                {map[string]string{"COMMAND_KEYS": link}, ""},
		"keys for a group to write":     {map[string]string{"COMMAND_KEYS": keys[0o664]}, ""},
		"keys for all to write":         {map[string]string{"COMMAND_KEYS": keys[0o646]}, "COMMAND_KEYS: " + keys[0o646] + writable},
		"a spool's size alone":          {map[string]string{"SPOOL_MB": "100", "SPOOL_DIR": ""}, "SPOOL_MB: has no effect without SPOOL_DIR"},
		"a spool and its size":          {map[string]string{"SPOOL_MB": "100", "SPOOL_DIR": dir}, ""},
		"the default, written down":     {map[string]string{"SPOOL_MB": "1024", "SENTRY_ENVIRONMENT": "production"}, ""},
		"Sentry's environment alone":    {map[string]string{"SENTRY_ENVIRONMENT": "staging"}, "SENTRY_ENVIRONMENT: has no effect without SENTRY_DSN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			env := from(test.env)
			for _, s := range settings {
				value, _ := env(s.key)
				t.Setenv(s.key, value)
			}
			_, doubts, err := Load(Flags{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, doubt := range doubts {
				got = append(got, doubt.String())
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
