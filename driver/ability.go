package main

import (
	"errors"

	"mercury-driver/cvendor/scp"
)

// serviceable says which ability a library lacks that nothing makes up for: without it events could be lost, or
// come faster than they are stored.
func serviceable(caps scp.Capabilities) error {
	const where = " in cvendor/sdk/scp_features.h"
	switch {
	case !caps.Rewind:
		return errors.New("the library declares no rewind of a controller's log (SCP_HAS_REWIND" + where +
			"), without which events could be lost")
	case !caps.ReportUpTo && !caps.Pause:
		return errors.New("the library declares no way to hold a controller's log back: SCP_HAS_REPORT_UP_TO or " +
			"SCP_HAS_PAUSE" + where + " must be 1")
	}
	return nil
}
