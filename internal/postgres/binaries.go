package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MinMajor is the oldest major version of Postgres the service works with.
const MinMajor = 15

// ErrNoBinaries means that no suitable Postgres with pgvector is installed.
var ErrNoBinaries = errors.New("no Postgres for the private database")

var versionPattern = regexp.MustCompile(`(\d+)(?:\.|devel|beta|rc|$|\s)`)

// installPatterns are where distributions put the programs of each major version: Debian and Ubuntu, then
// the PostgreSQL project's packages for Red Hat.
func installPatterns() []string {
	return []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"}
}

// An installation is the programs of one Postgres version.
type installation struct {
	bin    string // folder of initdb and postgres
	major  int
	vector bool // pgvector is installed for it
}

func (i installation) program(name string) string { return filepath.Join(i.bin, name) }

// findInstallations looks in the distributions' folders, then asks the pg_config in PATH; newest first.
func findInstallations(patterns []string) []installation {
	var found []installation
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p) // The only error is a malformed pattern.
		for _, dir := range dirs {
			if i, ok := inspect(dir, filepath.Join(dir, "pg_config")); ok {
				found = append(found, i)
			}
		}
	}
	if len(found) == 0 {
		if config, err := exec.LookPath("pg_config"); err == nil {
			if dir := pgConfig(config, "--bindir"); dir != "" {
				if i, ok := inspect(dir, config); ok {
					found = append(found, i)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b installation) int { return cmp.Compare(b.major, a.major) })
	return found
}

func inspect(dir, config string) (installation, bool) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return installation{}, false
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return installation{}, false
	}
	// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
	_, after, _ := strings.Cut(string(out), ")")
	m := versionPattern.FindStringSubmatch(after)
	if m == nil {
		return installation{}, false
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return installation{}, false
	}
	share := cmp.Or(pgConfig(config, "--sharedir"), fmt.Sprintf("/usr/share/postgresql/%d", major))
	_, err = os.Stat(filepath.Join(share, "extension", "vector.control"))
	return installation{bin: dir, major: major, vector: err == nil}, true
}

func pgConfig(config, flag string) string {
	out, err := exec.Command(config, flag).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// forNewCluster picks the newest installation that a new cluster may be made with.
func forNewCluster(found []installation) (installation, error) {
	for _, i := range found {
		if i.major >= MinMajor && i.vector {
			return i, nil
		}
	}
	return installation{}, fmt.Errorf("%w: found %s; run deploy/setup.sh as root, which installs Postgres and pgvector, or set CUSTOMERDESK_DATABASE_URL",
		ErrNoBinaries, describe(found))
}

// forCluster picks the installation of the major version that made the cluster in data.
func forCluster(found []installation, data string, major int) (installation, error) {
	for _, i := range found {
		if i.major != major {
			continue
		}
		if !i.vector {
			return installation{}, fmt.Errorf("%w: Postgres %d has no pgvector; run deploy/setup.sh as root", ErrNoBinaries, major)
		}
		return i, nil
	}
	if len(found) == 0 {
		return installation{}, fmt.Errorf("%w: found none; run deploy/setup.sh as root, or install postgresql-%d and postgresql-%d-pgvector",
			ErrNoBinaries, major, major)
	}
	return installation{}, &VersionError{Cluster: major, Installed: found[0].major, Data: data}
}

func describe(found []installation) string {
	if len(found) == 0 {
		return "none"
	}
	s := make([]string, len(found))
	for n, i := range found {
		s[n] = fmt.Sprintf("Postgres %d", i.major)
		if !i.vector {
			s[n] += " without pgvector"
		}
	}
	return strings.Join(s, ", ")
}

// A VersionError means that the private cluster was made by a major version of Postgres that is not
// installed (any more).
type VersionError struct {
	Cluster   int    // major version that made the cluster
	Installed int    // newest major version found
	Data      string // folder of the cluster
}

// Error names both versions and the ways out.
func (e *VersionError) Error() string {
	return fmt.Sprintf("the private database in %[1]s was made by Postgres %[2]d, but Postgres %[3]d is installed: "+
		"go on with it by `apt-get install postgresql-%[2]d postgresql-%[2]d-pgvector`, or after that move it with "+
		"`pg_dumpall` of version %[2]d into a new data directory, or with `/usr/lib/postgresql/%[3]d/bin/pg_upgrade -b /usr/lib/postgresql/%[2]d/bin -d %[1]s -D NEW`",
		e.Data, e.Cluster, e.Installed)
}
