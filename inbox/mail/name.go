package mail

import "strings"

// isDevice tells a name that Windows takes for a device, whatever its extension:
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && (len(port) == 1 && port[0] >= '0' && port[0] <= '9' || port == "\u00b9" || port == "\u00b2" || port == "\u00b3")
}
