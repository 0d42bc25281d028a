package controller

import (
	"errors"
	"fmt"
	"math"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// Limits of a command's ttl, and what it is when none is given.
const (
	minTTL         = 2 * time.Second
	maxTTL         = 10 * time.Minute
	defaultDoorTTL = 5 * time.Second
	defaultTTL     = time.Minute
)

// translate turns a wish of the vendor app into the library's action. Its error says what is wrong
// with the wish, for the one who made it.
func translate(c *pb.Command) (action scp.Action, movesDoor bool, err error) {
	switch a := c.Action.(type) {
	case *pb.Command_Unlock:
		action, err = scp.Unlock{Door: a.Unlock.GetDoor()}, from1("door", a.Unlock.GetDoor())
		return action, true, err
	case *pb.Command_DoorMode:
		d := a.DoorMode
		action = scp.DoorMode{Door: d.GetDoor(), Mode: int32(d.GetMode())}
		return action, true, errors.Join(from1("door", d.GetDoor()), within("mode", int64(d.GetMode()), 1, 5))
	case *pb.Command_MaskDoor:
		action, err = maskDoor(a.MaskDoor)
		return action, false, err
	case *pb.Command_Output:
		action, err = output(a.Output)
		return action, true, err
	case *pb.Command_MaskInput:
		action = scp.MaskInput{Input: a.MaskInput.GetInput(), Masked: a.MaskInput.GetMasked()}
		return action, false, from1("input", a.MaskInput.GetInput())
	case *pb.Command_Area:
		action = scp.Area{Area: a.Area.GetArea(), Armed: a.Area.GetArmed()}
		return action, false, from1("area", a.Area.GetArea())
	case *pb.Command_Procedure:
		action = scp.Procedure{Procedure: a.Procedure.GetProcedure(), Abort: a.Procedure.GetAbort()}
		return action, true, from1("procedure", a.Procedure.GetProcedure())
	case *pb.Command_SetTime:
		return scp.SetTime{Time: a.SetTime.GetTimeNs()}, false, nil
	case *pb.Command_PutCard:
		action, err = putCard(a.PutCard)
		return action, false, err
	case *pb.Command_DeleteCard:
		return scp.DeleteCard{Card: a.DeleteCard.GetCard()}, false, cardNumber(a.DeleteCard.GetCard())
	case *pb.Command_HostDecision:
		return scp.HostDecision{Request: a.HostDecision.GetRequest(), Grant: a.HostDecision.GetGrant()}, true, nil
	case *pb.Command_QueryStatus:
		return scp.Status{}, false, nil
	case *pb.Command_Reset_:
		return scp.Reset{Erase: a.Reset_.GetErase()}, false, nil
	case *pb.Command_Firmware:
		action, err = firmware(a.Firmware.GetVersion())
		return action, false, err
	case *pb.Command_Detach:
		return scp.Detach{}, false, nil
	}
	return nil, false, errors.New("no action that this driver knows is set")
}

func maskDoor(m *pb.MaskDoor) (scp.Action, error) {
	err := from1("door", m.GetDoor())
	switch m.GetAlarm() {
	case pb.DoorAlarm_DOOR_ALARM_FORCED:
		return scp.MaskForced{Door: m.GetDoor(), Masked: m.GetMasked()}, err
	case pb.DoorAlarm_DOOR_ALARM_HELD:
		return scp.MaskHeld{Door: m.GetDoor(), Masked: m.GetMasked()}, err
	}
	return nil, errors.Join(err, errors.New("alarm must be forced or held"))
}

func output(o *pb.SetOutput) (scp.Action, error) {
	action := scp.Output{Output: o.GetOutput(), Action: int32(o.GetAction())}
	err := errors.Join(from1("output", o.GetOutput()), within("action", int64(o.GetAction()), 1, 3))
	if o.GetAction() == pb.OutputAction_OUTPUT_ACTION_PULSE {
		action.PulseMS = o.GetPulseMs()
		err = errors.Join(err, within("pulse_ms", int64(o.GetPulseMs()), 100, 3_600_000))
	}
	return action, err
}

func putCard(p *pb.PutCard) (scp.Action, error) {
	action := scp.PutCard{Card: p.GetCard(), PIN: p.GetPin(), Doors: p.GetDoors(), From: p.GetFromNs(),
		Until: p.GetUntilNs()}
	err := cardNumber(p.GetCard())
	if p.GetPin() > 99_999_999 { // within would quote it
		err = errors.Join(err, errors.New("pin must have at most 8 digits"))
	}
	return action, err
}

func firmware(version string) (scp.Action, error) {
	if !scp.ValidVersion(version) {
		return nil, errors.New("version must be 1 to 32 characters of A-Z a-z 0-9 . _ -")
	}
	return scp.Firmware{Version: version}, nil
}

func from1(name string, n uint32) error { return within(name, int64(n), 1, math.MaxInt16) }

func cardNumber(card uint64) error {
	if card == 0 || card > math.MaxInt64 {
		return errors.New("card must be 1 to 2^63-1")
	}
	return nil
}

func within(name string, n, low, high int64) error {
	if n < low || n > high {
		return fmt.Errorf("%s is %d, must be %d to %d", name, n, low, high)
	}
	return nil
}

// GoodFor is how long a command is good for from its issue on; as long as any may be, where that is out of range.
func GoodFor(c *pb.Command) time.Duration {
	_, movesDoor, _ := translate(c)
	good, err := ttl(c, movesDoor)
	if err != nil {
		return maxTTL
	}
	return good
}

// ttl is how long a command is good for.
func ttl(c *pb.Command, movesDoor bool) (time.Duration, error) {
	given := time.Duration(c.TtlMs) * time.Millisecond
	switch {
	case given == 0 && movesDoor:
		return defaultDoorTTL, nil
	case given == 0:
		return defaultTTL, nil
	case given < minTTL || given > maxTTL:
		return 0, fmt.Errorf("ttl_ms is %d, must be %d to %d", c.TtlMs, minTTL.Milliseconds(), maxTTL.Milliseconds())
	}
	return given, nil
}
