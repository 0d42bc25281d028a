// Identity opens whatever library it was linked with, imports none itself, and says what that is.
package main

import (
	"fmt"
	"os"

	"mercury-driver/cvendor"
)

func main() {
	library, err := cvendor.Open(0)
	if err != nil {
		fmt.Printf("%s: %v\n", cvendor.Identity(), err)
		os.Exit(1)
	}
	defer library.Close()
	fmt.Printf("%+v\n", library.Capabilities())
}
