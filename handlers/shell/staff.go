package shell

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"kodebayar/db"
	"kodebayar/handlers"
	"kodebayar/payments"
)

// AddStaff adds somebody, of whom m has name, e-mail and role.
func (s *Shell) AddStaff(ctx context.Context, m payments.Staff, passwordStdin bool) error {
	return s.withPassword(ctx, passwordStdin, fmt.Sprintf("%s was added as %s.", m.Email, m.Role), func(store *db.DB, password string) error {
		return handlers.AddStaff(ctx, store, m, password)
	})
}

// ListStaff lists everybody.
func (s *Shell) ListStaff(ctx context.Context) error {
	store, err := s.Open(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	everybody, err := store.AllStaff(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tSTATE")
	for _, m := range everybody {
		state := "active"
		if m.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Email, m.Name, m.Role, state)
	}
	return w.Flush()
}

// ResetPassword sets somebody's new password and ends all their sessions.
func (s *Shell) ResetPassword(ctx context.Context, email string, passwordStdin bool) error {
	return s.withPassword(ctx, passwordStdin, email+" has a new password; all sessions ended.", func(store *db.DB, password string) error {
		return handlers.ResetPassword(ctx, store, email, password)
	})
}

// withPassword sets one that is read from standard input, else one that is made
// up, and then prints what was done, with the password that nobody knows yet.
func (s *Shell) withPassword(ctx context.Context, stdin bool, done string, set func(*db.DB, string) error) error {
	store, err := s.Open(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	password := strings.ToLower(rand.Text()[:16])
	if stdin {
		line, err := bufio.NewReader(io.LimitReader(s.Stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if err := set(store, password); err != nil {
		return err
	}
	fmt.Fprintln(s.Stdout, done)
	if !stdin {
		fmt.Fprintf(s.Stdout, "Password: %s\n", password)
	}
	return nil
}
