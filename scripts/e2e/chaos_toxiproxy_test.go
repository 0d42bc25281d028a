//go:build chaos

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// toxiproxyProgram is built from the version that scripts/tools names.
var toxiproxyProgram = sync.OnceValues(func() (program string, err error) {
	program = filepath.Join(filepath.Dir(driverProgram), "toxiproxy")
	build := exec.Command("go", "build", "-modfile=../tools/go.mod", "-o", program, "github.com/Shopify/toxiproxy/v2/cmd/server")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build toxiproxy: %w\n%s", err, out)
	}
	return program, nil
})

// toxiproxy is such a process.
type toxiproxy struct {
	t   *testing.T
	api string
}

func startToxiproxy(t *testing.T) *toxiproxy {
	t.Helper()
	program, err := toxiproxyProgram()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	p := &toxiproxy{t, "http://" + loopback(port)}
	start(t, "toxiproxy", nil, program, "-host", "127.0.0.1", "-port", fmt.Sprint(port))
	eventually(t, 10*time.Second, "toxiproxy answers", func() error { return p.ask(http.MethodGet, "/version", nil) })
	return p
}

// before puts a line, of a name, before who listens on a port.
func (p *toxiproxy) before(name string, port int) *line {
	p.t.Helper()
	l := &line{p, name, freePort(p.t)}
	p.must(http.MethodPost, "/proxies", map[string]any{"name": name, "listen": loopback(l.port), "upstream": loopback(port), "enabled": true})
	return l
}

// line is one way through toxiproxy.
type line struct {
	toxiproxy *toxiproxy
	name      string
	port      int
}

// blackhole has the line swallow everything from now on, in both directions, and keep its connections; it takes new
// ones too. It returns when that began.
func (l *line) blackhole() (since time.Time) {
	l.toxiproxy.t.Helper()
	for _, stream := range []string{"upstream", "downstream"} {
		l.toxiproxy.must(http.MethodPost, "/proxies/"+l.name+"/toxics",
			map[string]any{"name": stream, "type": "timeout", "stream": stream, "attributes": map[string]int{"timeout": 0}})
	}
	return time.Now()
}

// heal lets new connections through, and ends those that have lost bytes.
func (l *line) heal() (since time.Time) {
	l.toxiproxy.t.Helper()
	for _, stream := range []string{"upstream", "downstream"} {
		l.toxiproxy.must(http.MethodDelete, "/proxies/"+l.name+"/toxics/"+stream, nil)
	}
	return time.Now()
}

func (p *toxiproxy) must(method, path string, body any) {
	p.t.Helper()
	if err := p.ask(method, path, body); err != nil {
		p.t.Fatal(err)
	}
}

func (p *toxiproxy) ask(method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, p.api+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		answer, _ := io.ReadAll(response.Body)
		return fmt.Errorf("toxiproxy: %s %s: %s %s", method, path, response.Status, answer)
	}
	return nil
}
