package mail

import (
	"bytes"
	"path"
	"strings"
)

// DangerOf says in a few words why a file should not be opened without thought; empty where nothing is known
// against it. The head is how the file begins.
func DangerOf(name, mediaType string, head []byte) string {
	kind := programKind(head)
	ext := strings.ToLower(path.Ext(name))
	switch {
	case kind != "" && !isProgram(ext):
		return kind + " that calls itself " + strings.TrimPrefix(ext+" "+mediaType, " ")
	case kind != "":
		return kind
	case isProgram(ext):
		return "opening it runs a program"
	case hasMacros(ext):
		return "it may run macros"
	case isDisguised(name, ext):
		return "its name hides what it is"
	case isScripted(ext) || mediaType == "text/html" || mediaType == "image/svg+xml" || mediaType == "application/xhtml+xml":
		return "it may run scripts in a browser"
	}
	return ""
}

// programKind recognises programs by how they begin.
func programKind(head []byte) string {
	for _, k := range []struct{ magic, kind string }{
		{"MZ", "a Windows program"}, {"\x7fELF", "a Linux program"}, {"#!", "a script"},
		{"\xcf\xfa\xed\xfe", "a macOS program"}, {"\xce\xfa\xed\xfe", "a macOS program"}, {"\xca\xfe\xba\xbe", "a program"},
		{"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.kind
		}
	}
	return ""
}

// isProgram holds what Windows, macOS or a desktop runs or installs when it is opened.
func isProgram(ext string) bool {
	switch ext {
	case ".exe", ".com", ".scr", ".pif", ".bat", ".cmd", ".msi", ".msp", ".msc", ".mst", ".cpl", ".dll", ".sys", ".gadget", ".hta", ".jar", ".jnlp",
		".js", ".jse", ".vbs", ".vbe", ".vb", ".ws", ".wsf", ".wsc", ".wsh", ".ps1", ".ps1xml", ".ps2", ".psc1", ".psm1", ".sct", ".shb", ".shs",
		".lnk", ".url", ".inf", ".reg", ".application", ".appx", ".appxbundle", ".msix", ".appinstaller", ".chm", ".hlp", ".scf", ".settingcontent-ms",
		".iso", ".img", ".vhd", ".vhdx", ".dmg", ".pkg", ".app", ".command", ".workflow", ".apk", ".deb", ".rpm", ".run", ".sh", ".bash", ".csh",
		".desktop", ".xll", ".wll", ".ade", ".adp", ".mde", ".library-ms", ".search-ms", ".diagcab", ".ps", ".one", ".onepkg":
		return true
	}
	return false
}

func hasMacros(ext string) bool {
	switch ext {
	case ".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb", ".pptm", ".potm", ".ppam", ".ppsm", ".sldm", ".xla", ".ppa":
		return true
	}
	return false
}

func isScripted(ext string) bool {
	switch ext {
	case ".html", ".htm", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".svg", ".svgz", ".xml", ".xsl", ".xslt":
		return true
	}
	return false
}

// isDisguised is a name such as "invoice.pdf          .zip", whose end a window does not show.
func isDisguised(name, ext string) bool {
	stem := strings.TrimSuffix(name, ext)
	return ext != "" && len(stem)-len(strings.TrimRight(stem, " _\u00a0")) > 3
}
