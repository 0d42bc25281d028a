package panel

import (
	"time"

	"mercury-driver/cvendor/scp"
)

// Execution is a command and how it was answered.
type Execution struct {
	At      time.Time // the owner's time, not the panel's clock
	Tag     uint32
	Command scp.Command
	Result  scp.Result
	NAK     scp.NAK
}

// answer is what a command ends in.
type answer struct {
	result scp.Result
	nak    scp.NAK
	text   string
}

var done = answer{result: scp.ReplyOK}

func no(reason scp.NAK) answer { return answer{result: scp.ReplyNAK, nak: reason} }

func failed(text string) answer { return answer{result: scp.ReplyFailed, text: text} }

// Execute carries out a command that came over the link; its reply, with that tag, comes out of
// Next. A panel that is down says nothing.
func (p *Panel) Execute(tag uint32, c scp.Command) { p.Mishandle(tag, c, Mishap{}) }

func (p *Panel) handle(tag uint32, c scp.Command, m Mishap) {
	a := no(scp.NAKBusy)
	if !m.Busy {
		a = p.carryOut(c.Action)
	}
	reply := scp.Message{Kind: scp.CommandReply, Time: p.Clock().UnixNano(), Tag: tag,
		Result: a.result, NAK: a.nak, Text: a.text}
	for range m.replies() {
		p.say(reply, m.Late)
	}
	if _, ok := c.Action.(scp.Status); ok && a == done {
		p.say(p.fill(scp.LogStatus), 0)
	}
	if p.opts.Recorder != nil {
		p.opts.Recorder.Executed(Execution{p.now, tag, c, a.result, a.nak})
	}
}

func (p *Panel) carryOut(action scp.Action) answer {
	switch a := action.(type) {
	case scp.Accept, scp.Status:
		return done
	case scp.Unlock:
		return p.unlock(a)
	case scp.DoorMode:
		return p.setMode(a)
	case scp.MaskForced:
		return p.maskForced(a)
	case scp.MaskHeld:
		return p.maskHeld(a)
	case scp.Output:
		return p.output(a)
	case scp.MaskInput:
		return p.maskInput(a)
	case scp.Area:
		return p.area(a)
	case scp.Procedure:
		return p.procedure(a)
	case scp.SetTime:
		return p.setTime(a)
	case scp.PutCard:
		return p.putCard(a)
	case scp.DeleteCard:
		return p.deleteCard(a)
	case scp.HostDecision:
		return p.hostDecision(a)
	case scp.LogAcknowledge:
		return p.acknowledge(a)
	case scp.LogRewind:
		return p.rewind(a)
	case scp.LogReport:
		return p.reportUpTo(a)
	case scp.LogPause:
		return p.pause()
	case scp.LogResume:
		return p.resume()
	case scp.Reset:
		return p.reset(a)
	case scp.Firmware:
		return p.download(a)
	}
	return no(scp.NAKUnknownCommand)
}
