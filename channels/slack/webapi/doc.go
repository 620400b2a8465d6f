// Package webapi calls Slack's Web API: how fast that may be done, and what is known after a call that failed.
package webapi
