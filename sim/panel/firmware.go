package panel

import "mercury-driver/cvendor/scp"

// firmware is the version that runs, and the one that is loading ("": none).
type firmware struct {
	version, loading string
	percent          uint8
	phase            int32
}

func (p *Panel) download(f scp.Firmware) answer {
	switch {
	case p.firmware.loading != "":
		return no(scp.NAKBusy)
	case p.mains.active:
		return failed("no download on battery")
	}
	p.firmware.loading = f.Version
	p.progress(FirmwareLoading, 0)
	p.setTimer(firmwareTimer, 0, FirmwareStep)
	return done
}

// loadMore is one step of a download: to 100 % by fifths, verified, done; then the panel restarts.
func (p *Panel) loadMore() {
	f := &p.firmware
	switch {
	case f.percent < 100:
		p.progress(FirmwareLoading, f.percent+20)
	case f.phase == FirmwareLoading:
		p.progress(FirmwareVerifying, 100)
	default:
		p.progress(FirmwareDone, 100)
		f.version, f.loading = f.loading, ""
		p.remember(scp.Firmware{Version: f.version})
		p.restart(BootFirmware)
		return
	}
	p.setTimer(firmwareTimer, 0, FirmwareStep)
}

// Loading reports whether a download is going on, and how much of it is there.
func (p *Panel) Loading() (percent int, loading bool) {
	return int(p.firmware.percent), p.firmware.loading != ""
}

func (p *Panel) progress(phase int32, percent uint8) {
	p.firmware.phase, p.firmware.percent = phase, percent
	p.log(Entry{Kind: scp.FirmwareProgress, Value: phase, Percent: percent})
}

// firmwareInterrupted ends a download that a restart cut off; the old version stays.
func (p *Panel) firmwareInterrupted() {
	if p.firmware.loading != "" {
		p.firmware.loading = ""
		p.progress(FirmwareFailed, p.firmware.percent)
	}
}
