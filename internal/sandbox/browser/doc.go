// Package browser drives a headless Chromium in tests of the pages.
//
// The promise: a test that drives a page fails when the page throws, logs an error, or asks for anything
// that does not come from loopback; and nothing of the browser is left when the test ends.
//
// Tab's methods act like a person and wait like one: Click waits for its element to be there, WaitText
// for the words. They end the test when that does not happen within Patience. What they do not cover is
// done with chromedp and Tab.Context.
package browser
