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

	"kodebayar/handlers"
	"kodebayar/payments"
)

// AddStaff adds somebody, of whom m has name, e-mail and role.
func (s *Shell) AddStaff(ctx context.Context, m payments.Staff, passwordStdin bool) error {
	store, err := s.Open(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	password, err := s.password(passwordStdin)
	if err != nil {
		return err
	}
	if err := handlers.AddStaff(ctx, store, m, password); err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%s was added as %s.\n", m.Email, m.Role)
	s.show(passwordStdin, password)
	return nil
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
	store, err := s.Open(ctx, s.Log)
	if err != nil {
		return err
	}
	defer store.Close()
	password, err := s.password(passwordStdin)
	if err != nil {
		return err
	}
	if err := handlers.ResetPassword(ctx, store, email, password); err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "%s has a new password; all sessions ended.\n", email)
	s.show(passwordStdin, password)
	return nil
}

// password reads one line from standard input, or makes a password up.
func (s *Shell) password(stdin bool) (string, error) {
	if !stdin {
		return strings.ToLower(rand.Text()[:16]), nil
	}
	line, err := bufio.NewReader(io.LimitReader(s.Stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// show prints a password that was made up.
func (s *Shell) show(stdin bool, password string) {
	if !stdin {
		fmt.Fprintf(s.Stdout, "Password: %s\n", password)
	}
}
