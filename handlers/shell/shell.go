// Package shell has the commands that end by themselves: people, backups, what
// the doctor says, a history for the demo. They may run while the app does,
// unless they say otherwise.
package shell

import (
	"io"
	"log/slog"

	"kodebayar/handlers/config"
)

// Shell is what a command runs with.
type Shell struct {
	*config.Config
	Stdin  io.Reader
	Stdout io.Writer
	Log    *slog.Logger
}
