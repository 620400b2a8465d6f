// Package version says which build of the program this is.
package version

import "runtime/debug"

// stamped is set by the linker: -X github.com/customerdesk/customerdesk/internal/version.stamped=v1.2.3.
var stamped string

// String returns the version that was stamped at build time, else that of the module, else "devel".
func String() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
