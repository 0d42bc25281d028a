package footprint

import (
	"path/filepath"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
	"mercury-driver/sim/certs"
)

// secured is the memory of links that speak TLS 1.3, with certificates on both sides.
func secured() suite.Bench {
	return suite.Bench{Name: "footprint TLS", Rows: []*figure.Row{
		{Name: "memory a controller over TLS, 9000 attached", Unit: "KB", Budget: figure.Under(40)},
	}, Run: measureSecured}
}

func measureSecured(on *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	s, err := newScene(on)
	if err != nil {
		return nil, err
	}
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	if err := certs.Renew(dir, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)); err != nil {
		return nil, err
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	d, err := s.driver("MERCURY_SIM_TLS_CERT="+in("server.pem"), "MERCURY_SIM_TLS_KEY="+in("server-key.pem"),
		"MERCURY_SIM_TLS_CLIENT_CA="+in("ca.pem"))
	if err != nil {
		return nil, err
	}
	none, err := d.Anon()
	if err != nil {
		return nil, err
	}
	_, err = s.gather(d, "-tls-ca", in("ca.pem"), "-tls-cert", in("client.pem"), "-tls-key", in("client-key.pem"))
	if err != nil {
		return nil, err
	}
	steady, _, err := s.rest(d, long/2)
	return []figure.Pair{{Ours: perController(steady - none)}}, err
}
