package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc (proc_pid_stat(5)); Linux has had no other for programs in decades.
const tick = 10 * time.Millisecond

// A stat is what a line of /proc/PID/stat says.
type stat struct {
	pid, parent int
	cpu         time.Duration // of the process and of those of its children that have ended
}

// parseStat reads such a line. The name in it may hold blanks and parentheses.
func parseStat(line string) (stat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("no name in %q", line)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line[:open]))
	if err != nil {
		return stat{}, fmt.Errorf("process id in %q: %w", line, err)
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("%d fields in %q", len(fields), line)
	}
	s := stat{pid: pid}
	if s.parent, err = strconv.Atoi(fields[1]); err != nil {
		return stat{}, fmt.Errorf("parent in %q: %w", line, err)
	}
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("time in %q: %w", line, err)
		}
		s.cpu += time.Duration(n) * tick
	}
	return s, nil
}

// treeCPU is the processor time of a process and everything below it, ended children included.
func treeCPU(root int) (time.Duration, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	all := map[int]stat{}
	below := map[int][]int{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			continue // ended meanwhile
		}
		s, err := parseStat(string(b))
		if err != nil {
			return 0, err
		}
		all[s.pid] = s
		below[s.parent] = append(below[s.parent], s.pid)
	}
	if _, ok := all[root]; !ok {
		return 0, fmt.Errorf("process %d has ended", root)
	}
	var sum time.Duration
	for next := []int{root}; len(next) > 0; {
		pid := next[0]
		next = append(next[1:], below[pid]...)
		sum += all[pid].cpu
	}
	return sum, nil
}

// memory reads a size of a process: VmRSS is what it has now, VmHWM the most it ever had. In bytes.
func memory(pid int, which string) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	for line := range bytes.Lines(b) {
		rest, ok := bytes.CutPrefix(line, []byte(which+":"))
		if !ok {
			continue
		}
		kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(rest)), "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("memory of process %d: %q: %w", pid, line, err)
		}
		return kb << 10, nil
	}
	return 0, fmt.Errorf("memory of process %d: no %s", pid, which)
}

// parentOf is the parent of a process.
func parentOf(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	s, err := parseStat(string(b))
	return s.parent, err
}
