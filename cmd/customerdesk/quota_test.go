package main

import "testing"

func TestFilesOverTheirLimitAreToldInSlack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.do("tenant", "set", "attachment_quota=1MB")
	_, err := s.super.Exec(t.Context(), `INSERT INTO blobs (tenant_id, digest, size) SELECT id, sha256('a'), 950000 FROM tenants`)
	s.ok(err)
	s.serve()
	notice := s.card("The files of mails take up")
	if text := notice.VisibleText(); !hasAll(text, []string{"0.9 MB, 95 % of the 1.0 MB", "Mail is taken as ever", "customerdesk tenant set attachment_quota=SIZE"}) {
		t.Errorf("the notice reads %q", text)
	}
}
