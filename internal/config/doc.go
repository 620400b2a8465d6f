// Package config reads the service's settings: environment variables with the prefix CUSTOMERDESK_, a file
// of the same KEY=VALUE lines named with --config, and flags. A flag wins over the environment, the
// environment over the file. Everything is validated at once, and every fault is told together, each with
// the variable, what was read and what is allowed.
package config
