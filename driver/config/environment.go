package config

import "os"

// lookup finds a value as os.LookupEnv does: one that is set to nothing is set.
type lookup func(key string) (value string, set bool)

// with returns a lookup in which key has this value.
func (l lookup) with(key, value string) lookup {
	return func(wanted string) (string, bool) {
		if wanted == key {
			return value, true
		}
		return l(wanted)
	}
}

// environment is the process's environment with what a file adds to it.
func environment(file dotenv) lookup {
	return func(key string) (string, bool) {
		if value, set := os.LookupEnv(key); set {
			return value, true
		}
		value, set := file.values[key]
		return value, set
	}
}
