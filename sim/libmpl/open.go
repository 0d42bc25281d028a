//go:build !mpl

package libmpl

import (
	"errors"
	"fmt"
	"os"

	"mercury-driver/sim/certs"
	"mercury-driver/sim/libmpl/core"
)

// open opens a channel as the process's environment wants it. What is in these variables is the library's own business,
// as a maker's library has its own ways: who calls it does not know them.
//
//	MERCURY_SIM_TLS_CERT, MERCURY_SIM_TLS_KEY  PEM files: the certificate that controllers are shown, and its key
//	MERCURY_SIM_TLS_CLIENT_CA             PEM file of the CA that signed the controllers' certificates
//
// All three are needed for TLS 1.3, without any it is plain TCP.
func open(lib *core.Library, channel int16, port uint32) (core.Port, error) {
	if pollFault != nil {
		return nil, pollFault
	}
	files := certs.Files{CA: os.Getenv("MERCURY_SIM_TLS_CLIENT_CA"), Cert: os.Getenv("MERCURY_SIM_TLS_CERT"), Key: os.Getenv("MERCURY_SIM_TLS_KEY")}
	if files == (certs.Files{}) {
		return core.TCP(lib, channel, port)
	}
	if files.CA == "" || files.Cert == "" || files.Key == "" {
		return nil, errors.New("MERCURY_SIM_TLS_CERT, MERCURY_SIM_TLS_KEY and MERCURY_SIM_TLS_CLIENT_CA go together")
	}
	store, err := certs.Open(files)
	if err != nil {
		return nil, fmt.Errorf("MERCURY_SIM_TLS_CERT and its like: %w", err)
	}
	return core.TLS(store.Server())(lib, channel, port)
}
