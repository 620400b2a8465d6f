# Sums up the output of `go test ./...`: what failed, by name, and how many packages there were.
/^ok[ \t]/                { passed++ }
/\[no test files\]$/      { untested++ }
/^FAIL\t/                 { failed[$2] }
/^[ ]*--- FAIL: /         { tests = tests "\n    " $3 }
/^[ ]*--- SKIP: /         { skipped++ }
/^WARNING: DATA RACE/     { races++ }
/^panic: test timed out/  { slow++ }
END {
	for (name in failed) count++
	printf "\ntest: %d packages passed, %d failed, %d have no tests\n", passed, count, untested
	for (name in failed) print "  failed: " name
	if (tests != "") print "  failing tests:" tests
	if (races) print "  data races: " races
	if (slow) print "  packages that ran out of time: " slow
	if (skipped) print "  skipped tests: " skipped
}
