package controller

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

func TestHostDecisionsAnswerOpenQuestionsOnly(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	wrongClock := int64(5) // the controller's clock is off by decades
	r.say(scp.Message{Kind: scp.HostDecisionRequest, SCP: 4, Attachment: 1, LogEpoch: testEpoch, Index: 1,
		Time: wrongClock, Deadline: wrongClock + int64(10*time.Second), Request: 21})
	r.decide("open", 21)
	r.decide("other", 22)
	r.wantResults("other REFUSED")
	r.wantLines("9018 4 21 1")
	r.answer(first, "9018 4 21 1", scp.ReplyOK)
	r.pass(11 * time.Second)
	r.decide("late", 21)
	r.wantResults("open DONE", "late REFUSED")
}

func TestQuestionThatIsFetchedAgainIsAsOldAsItWas(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.credit = 0
	r.ask(testEpoch, 1, 21)
	r.pass(time.Minute)
	r.credit = 100
	r.pass(time.Second)
	r.answer(first, "9021 4 3 1", scp.ReplyOK)
	r.ask(testEpoch, 1, 21)
	r.decide("late", 21)
	r.wantResults("late REFUSED")
}

func TestQuestionInALogThatBeganAfterTheAttachmentIsLive(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 50)
	r.grant(first, testLease, testEpoch, 50)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.answer(first, "9021 4 3 51", scp.ReplyOK)
	r.ask(testEpoch, 50, 20)
	r.decide("backlog", 20)
	r.wantResults("backlog REFUSED")
	r.ask(testEpoch+1, 1, 21)
	r.lines = nil
	r.decide("live", 21)
	r.wantLines("9018 4 21 1")
}
