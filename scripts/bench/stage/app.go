package stage

import "path/filepath"

// App runs the reference vendor app with a database of its own, and returns its port.
func (s *Stage) App(redis int) (p *Process, port int, err error) {
	if port, err = Port(); err != nil {
		return nil, 0, err
	}
	dir, err := s.Dir()
	if err != nil {
		return nil, 0, err
	}
	p, err = s.Start("app", nil, "mercury-sim", "app", "-listen", Loopback(port), "-db", filepath.Join(dir, "app.db"),
		"-redis", "redis://"+Loopback(redis))
	if err != nil {
		return nil, 0, err
	}
	return p, port, s.Listens(p, port)
}
