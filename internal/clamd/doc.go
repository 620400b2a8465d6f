// Package clamd asks a ClamAV daemon whether a file holds something harmful, by the commands INSTREAM and PING of
// https://docs.clamav.net/manual/Usage/Scanning.html#clamd. It sends the bytes and shares no files with the daemon.
package clamd
