package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// numbers are the contract's enum values: the app writes their names, a panel their numbers.
var numbers = func() map[string]string {
	of := make(map[string]string)
	for prefix, words := range map[string]string{
		"DOOR_MODE":      "UNSPECIFIED LOCKED UNLOCKED CARD CARD_AND_PIN HOST",
		"OUTPUT_ACTION":  "UNSPECIFIED ON OFF PULSE",
		"DENY_REASON":    "UNSPECIFIED NO_ACCESS NOT_VALID_NOW WRONG_PIN DOOR_LOCKED HOST HOST_TIMEOUT",
		"BOOT_CAUSE":     "UNSPECIFIED POWER COMMAND WATCHDOG FIRMWARE ERASE",
		"INPUT_STATE":    "UNSPECIFIED SECURE ACTIVE FAULT",
		"POWER_SOURCE":   "UNSPECIFIED MAINS BATTERY",
		"FIRMWARE_PHASE": "UNSPECIFIED LOADING VERIFYING DONE FAILED",
	} {
		for number, word := range strings.Fields(words) {
			of[prefix+"_"+word] = fmt.Sprint(number)
		}
	}
	return of
}()

// fields reads a JSON object of numbers, words and truths, each as its text.
func fields(object []byte) (map[string]string, error) {
	var values map[string]any
	reader := json.NewDecoder(bytes.NewReader(object))
	reader.UseNumber() // serials and cards do not fit a float
	if err := reader.Decode(&values); err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(values))
	for field, value := range values {
		text := fmt.Sprint(value)
		if number, isEnum := numbers[text]; isEnum {
			text = number
		}
		texts[field] = text
	}
	return texts, nil
}

// inWords is the same text for the same fields.
func inWords(fields map[string]string) string {
	words := make([]string, 0, len(fields))
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		words = append(words, field+"="+fields[field])
	}
	return strings.Join(words, " ")
}
