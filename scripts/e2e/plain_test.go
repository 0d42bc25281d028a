//go:build !chaos

package e2e

// raceDetector watches the programs under test.
const raceDetector = "true"
