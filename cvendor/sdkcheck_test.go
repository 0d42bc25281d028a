//go:build !mpl

package cvendor_test

import (
	"strings"
	"testing"
)

const (
	missingHeader   = "cvendor/sdk/scp_net.h is missing: put the library's header there (see cvendor/sdk/README.md)"
	missingArchive  = "cvendor/sdk/libmpl.a is missing: put the library's archive there (see cvendor/sdk/README.md)"
	missingFeatures = "cvendor/sdk/scp_features.h is missing: copy scp_features.example.h to it, and say there what the library can do (see cvendor/sdk/README.md)"
)

// What is missing is named by the check that make calls, in one line, and by the compiler.
func TestMissingFile(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"scp_net.h": missingHeader, "libmpl.a": missingArchive, "scp_features.h": missingFeatures,
	} {
		t.Run(file, func(t *testing.T) {
			s := newSandbox(t)
			s.putLibrary("1.0")
			s.does("rm", "cvendor/sdk/"+file)
			if out := s.fails("scripts/sdk-check.sh"); out != want+"\n" {
				t.Errorf("sdk-check.sh says %q", out)
			}
			if out := s.fails("go", "build", "-tags", "mpl", "./cvendor"); !strings.Contains(out, `#error "`+want) {
				t.Errorf("go build says %s", out)
			}
		})
	}
}

func TestAllMissingFilesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	want := strings.Join([]string{missingHeader, missingArchive, missingFeatures, ""}, "\n")
	if out := s.fails("scripts/sdk-check.sh"); out != want {
		t.Errorf("sdk-check.sh says %q, want %q", out, want)
	}
}

func TestLinkedFileIsRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.putLibrary("1.0")
	s.does("mv", "cvendor/sdk/libmpl.a", "elsewhere.a")
	s.does("ln", "-s", "../../elsewhere.a", "cvendor/sdk/libmpl.a")
	want := "cvendor/sdk/libmpl.a is a link, which go build does not follow: put a copy there\n"
	if out := s.fails("scripts/sdk-check.sh"); out != want {
		t.Errorf("sdk-check.sh says %q, want %q", out, want)
	}
}

// What the start would refuse (driver/ability.go), the build refuses.
func TestUnserviceableLibrary(t *testing.T) {
	t.Parallel()
	const (
		noRewind = "cvendor/sdk/scp_features.h declares no rewind of a controller's log (SCP_HAS_REWIND): " +
			"mercury-driver will not start without SPOOL_DIR, where each transaction is written before the library is asked for the next\n"
		noHold = "cvendor/sdk/scp_features.h declares no way to hold a controller's log back (SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE): " +
			"mercury-driver would not start, as events could come faster than they are stored\n"
	)
	for _, test := range []struct {
		name, edit, refusal string
	}{
		{"as in the example", "", noRewind + noHold},
		{"no hold", "s/HAS_REWIND .*/HAS_REWIND 1/", noHold},
		{"rewind and pause", "s/HAS_REWIND .*/HAS_REWIND 1/; s/HAS_PAUSE .*/HAS_PAUSE 1/", ""},
		{"rewind and a bound", "s/HAS_REWIND .*/HAS_REWIND (1)/; s/HAS_REPORT_UP_TO .*/HAS_REPORT_UP_TO 1 \\/* yes *\\//", ""},
		{"a line of the example is missing", "s/HAS_REWIND .*/HAS_REWIND 1/; s/HAS_PAUSE .*/HAS_PAUSE 1/; /HAS_WAIT /d",
			"cvendor/sdk/scp_features.h does not define SCP_HAS_WAIT: scp_features.example.h says what it means\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSandbox(t)
			s.putLibrary("1.0")
			s.copy("sdk/scp_features.example.h", "cvendor/sdk/scp_features.h")
			s.does("sed", "-i", test.edit, "cvendor/sdk/scp_features.h")
			if test.refusal == "" {
				s.hash()
			} else if out := s.fails("scripts/sdk-check.sh"); out != test.refusal {
				t.Errorf("sdk-check.sh says %q, want %q", out, test.refusal)
			}
		})
	}
}

// A log that is said only once needs a setting, not another library.
func TestLibraryWithoutARewind(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.putLibrary("1.0")
	hash := s.hash()
	s.does("sed", "-i", "s/HAS_REWIND .*/HAS_REWIND 0/", "cvendor/sdk/scp_features.h")
	out := s.does("scripts/sdk-check.sh")
	if !strings.Contains(out, "will not start without SPOOL_DIR") || !strings.HasSuffix(out, "\n"+hash+"\n") {
		t.Errorf("sdk-check.sh prints %q", out)
	}
}

// What a licensee puts into the sdk folder does not make the version's commit a dirty one.
func TestLicenseesFilesAreIgnored(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.copy("../.gitignore", ".gitignore")
	s.does("git", "init", "--quiet")
	s.does("git", "add", "cvendor", ".gitignore")
	s.does("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "as released")
	s.putLibrary("1.0")
	if out := s.does("git", "status", "--porcelain", "cvendor/sdk"); out != "" {
		t.Errorf("git would commit\n%s", out)
	}
	if out := s.does("git", "describe", "--always", "--dirty", "--exclude=*"); strings.Contains(out, "dirty") {
		t.Errorf("the version's commit is %s", out)
	}
}
