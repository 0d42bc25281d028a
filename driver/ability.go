package main

import (
	"errors"

	"mercury-driver/cvendor/scp"
)

// serviceable says which ability a library lacks that nothing makes up for: without it events could be lost, or
// come faster than they are stored. A spool makes up for a log that is said only once.
func serviceable(caps scp.Capabilities, spoolDir string) error {
	const where = " in cvendor/sdk/scp_features.h"
	switch {
	case !caps.ReportUpTo && !caps.Pause:
		return exitError{exitLibrary, errors.New("the library declares no way to hold a controller's log back: " +
			"SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE" + where + " must be 1")}
	case !caps.Rewind && spoolDir == "":
		return exitError{exitConfig, errors.New("the library declares no rewind of a controller's log (SCP_HAS_REWIND" + where +
			"), so what it has said once must be on disk: set SPOOL_DIR")}
	}
	return nil
}
