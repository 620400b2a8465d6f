package mail

import (
	"strings"
	"time"
)

// monthOf reads the name of a month, lower case, in the languages that mail programs put into Date against
// RFC 5322; 0 where it is none.
func monthOf(s string) time.Month {
	longest, month := 0, time.Month(0)
	for i, starts := range [12]string{
		"jan ene gen янв sty led oca tammi січ ιαν", "feb fév fev фев lut úno şub helmi лют φεβ",
		"mar mär mrt mrz maa мар bře maalis бер μαρ", "apr avr abr апр kwi dub nis huhti кві απρ",
		"may mai mag maj mei май мая kvě touko тра μαϊ μαΐ", "jun juin giu июн cze červ haz kesä чер ιουν",
		"jul juil lug июл lip červenc tem heinä лип ιουλ", "aug aoû aou ago авг sie srp ağu elo сер αυγ",
		"sep set сен wrz zář eyl syys вер σεπ", "oct okt out ott окт paź říj eki loka жов οκτ",
		"nov ноя lis kas marras лис νοε", "dec dez dic déc дек gru pro ara joulu гру δεκ",
	} {
		for start := range strings.FieldsSeq(starts) {
			if len(start) > longest && strings.HasPrefix(s, start) {
				longest, month = len(start), time.Month(i+1)
			}
		}
	}
	return month
}

// zoneHours is how far a zone, lower case, is ahead of UTC: the names of RFC 5322 section 4.3, and those
// that mail programs of other parts of the world write.
func zoneHours(s string) (float64, bool) {
	switch s {
	case "z", "ut", "utc", "gmt", "wet":
		return 0, true
	case "edt", "ast":
		return -4, true
	case "est", "cdt":
		return -5, true
	case "cst", "mdt":
		return -6, true
	case "mst", "pdt":
		return -7, true
	case "pst", "akdt":
		return -8, true
	case "akst":
		return -9, true
	case "hst":
		return -10, true
	case "brt", "art":
		return -3, true
	case "cet", "mez", "met", "bst", "west":
		return 1, true
	case "cest", "mesz", "mest", "eet", "sast":
		return 2, true
	case "eest", "msk", "trt":
		return 3, true
	case "ist":
		return 5.5, true
	case "ict", "wib":
		return 7, true
	case "hkt", "sgt", "awst", "pht", "myt":
		return 8, true
	case "jst", "kst":
		return 9, true
	case "aest":
		return 10, true
	case "aedt":
		return 11, true
	case "nzst":
		return 12, true
	case "nzdt":
		return 13, true
	}
	return 0, false
}
