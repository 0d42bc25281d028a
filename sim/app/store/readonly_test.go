package store_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

// readerVar makes the test binary read the database that it names, as a user who may not write there.
const readerVar = "STORE_TEST_READ"

func TestMain(m *testing.M) {
	if path := os.Getenv(readerVar); path != "" {
		n := 0
		err := store.Audit(path, store.AuditFilter{}, func(store.Entry) error { n++; return nil })
		fmt.Print(n, " ", err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Who may read the file and write nothing reads it while an app writes it and when that has ended.
func TestReadByWhoMayNotWrite(t *testing.T) {
	dir, err := os.MkdirTemp("", "store") // t.TempDir lies where others may not look
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "app.db")
	s := open(t, path)
	if err := s.Commit(&desk.Change{Opened: []desk.Order{{ID: "a", Serial: 1, Kind: "unlock", Arguments: []byte("{}"), TTL: time.Second}}}); err != nil {
		t.Fatal(err)
	}
	reader := copyOfThis(t, dir)
	read := func() string {
		cmd := exec.Command(reader)
		cmd.Env = []string{readerVar + "=" + path}
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Error(err)
		}
		return string(said)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	for _, when := range []string{"while an app writes it", "at rest"} {
		if said := read(); said != "1 <nil>" {
			t.Errorf("%s: %s", when, said)
		}
		os.Chmod(dir, 0o755)
		s.Close() // it may be closed again
		os.Chmod(dir, 0o555)
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if said, want := read(), "0 read database "+path+": permission denied"; said != want {
		t.Errorf("of what may not be read it says %s", said)
	}
}

// copyOfThis is the test binary where everybody may run it.
func copyOfThis(t *testing.T, dir string) (path string) {
	t.Helper()
	this, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer this.Close()
	path = filepath.Join(dir, "reader")
	copied, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(copied, this); err != nil {
		t.Fatal(err)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
