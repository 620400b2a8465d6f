package architecture

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxLines is the longest a Go file may be; tables and generated files may be longer.
const maxLines = 450

// rooms says for every package outside internal which others outside internal its files may import.
func rooms() map[string][]string {
	domain := []string{"inbox", "ai", "tickets", "kb"}
	return map[string][]string{
		"cmd/customerdesk":         append([]string{"channels/email", "channels/email/oauth", "channels/slack", "channels/slack/install", "channels/slack/workspace", "channels/web", "inbox/dkim", "inbox/machine", "inbox/mail", "inbox/origin", "migrations"}, domain...),
		"channels/email":           {"channels/email/oauth", "inbox", "inbox/mail"},
		"channels/email/oauth":     {},
		"channels/slack":           append([]string{"channels/slack/draw", "channels/slack/webapi", "channels/slack/workspace"}, domain...),
		"channels/slack/draw":      domain,
		"channels/slack/install":   {"channels/slack/webapi", "channels/slack/workspace"},
		"channels/slack/webapi":    {},
		"channels/slack/workspace": {"channels/slack/webapi"},
		"channels/web":             domain,
		"inbox":                    {"inbox/dkim", "inbox/machine", "inbox/mail", "inbox/origin", "inbox/trim", "tickets", "kb"},
		"inbox/machine":            {"inbox/mail"},
		"inbox/mail":               {},
		"inbox/trim":               {"inbox/mail"},
		"inbox/dkim":               {},
		"inbox/origin":             {"tickets"},
		"ai":                       {"tickets", "kb"},
		"tickets":                  {},
		"kb":                       {},
		"migrations":               {},
		"deploy":                   {},
	}
}

// support says which packages of internal exist, and which of them are for the product; the others are for the
// demo, for measurements and for tests.
func support() map[string]bool {
	return map[string]bool{
		"internal/blobs":           true,
		"internal/clamd":           true,
		"internal/config":          true,
		"internal/jobs":            true,
		"internal/metrics":         true,
		"internal/postgres":        true,
		"internal/prose":           true,
		"internal/secret":          true,
		"internal/tenant":          true,
		"internal/version":         true,
		"internal/architecture":    false,
		"internal/bench":           false,
		"internal/postgres/pgtest": false,
		"internal/sandbox":         false,
	}
}

// shelf is the package of internal that a folder belongs to: the sandbox and the benchmark may divide themselves.
func shelf(dir string) string {
	for _, whole := range []string{"internal/sandbox", "internal/bench"} {
		if strings.HasPrefix(dir, whole+"/") {
			return whole
		}
	}
	return dir
}

func known(dir string) bool {
	_, isRoom := rooms()[dir]
	_, isSupport := support()[shelf(dir)]
	return isRoom || isSupport
}

// isDemo is true of the files that make up the demo command.
func isDemo(f file) bool {
	ok, _ := path.Match("cmd/customerdesk/demo*.go", f.path) // The only error is a malformed pattern.
	return ok
}

// mayImport is the whole of who may import whom.
func mayImport(f file, to string) bool {
	from := shelf(f.dir())
	if from == "internal/bench" || from == shelf(to) {
		return true // The benchmark is a program and sees all, like a command.
	}
	if forProduct, isSupport := support()[shelf(to)]; isSupport {
		switch shelf(to) {
		case "internal/architecture", "internal/bench":
			return false
		case "internal/sandbox":
			return f.test() || isDemo(f)
		}
		return forProduct || f.test()
	}
	if to == "migrations" && (f.test() || from == "internal/postgres/pgtest") {
		return true
	}
	return slices.Contains(rooms()[from], to)
}

// directions lists every package that has no place and every import that points the wrong way.
func directions(files []file) []string {
	var wrong []string
	for _, f := range files {
		if !known(f.dir()) {
			wrong = append(wrong, fmt.Sprintf("%s: nothing is known of package %s: give it a place in internal/architecture/rules_test.go and in ARCHITECTURE.md", f.path, f.dir()))
			continue
		}
		for _, to := range f.imports {
			if !known(to) || !mayImport(f, to) {
				wrong = append(wrong, fmt.Sprintf("%s: may not import %s", f.path, to))
			}
		}
	}
	return wrong
}

// habits lists the files that are too long and the packages named after nothing.
func habits(files []file) []string {
	empty := []string{"util", "utils", "common", "helper", "helpers", "model", "models", "misc"}
	var wrong []string
	for _, f := range files {
		if f.lines > maxLines && !f.generated && !isTable(f) {
			wrong = append(wrong, fmt.Sprintf("%s: %d lines, at most %d: split it by noun", f.path, f.lines, maxLines))
		}
		for _, name := range []string{strings.TrimSuffix(f.pkg, "_test"), path.Base(f.dir())} {
			if slices.Contains(empty, name) {
				wrong = append(wrong, fmt.Sprintf("%s: a package called %s says nothing: name it after what it holds", f.path, name))
				break
			}
		}
	}
	return wrong
}

func isTable(f file) bool {
	return strings.HasSuffix(f.base(), "_table.go") || strings.HasSuffix(f.base(), "_table_test.go")
}
