// Package blobs keeps files once for a tenant, however many mails carry them. A blob is named by the SHA-256 of its
// bytes, within its tenant: tenants share none, and none can learn by a digest what another has.
package blobs
