//go:build !chaos

package e2e

// raceDetector watches the programs under test.
const raceDetector = "true"

// conclude is what stands behind all tests.
func conclude() {}
