package workspace

import (
	"bytes"
	"os"
	"testing"
)

const manifestFile = "../../../deploy/slack-manifest.json"

func TestManifestFileIsWhatTheCodeNeeds(t *testing.T) {
	want, err := Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("CUSTOMERDESK_UPDATE") != "" {
		if err := os.WriteFile(manifestFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from Manifest(); CUSTOMERDESK_UPDATE=1 go test ./channels/slack/workspace -run Manifest writes it", manifestFile)
	}
}
