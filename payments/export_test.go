package payments

import "context"

// Transmit sends a call as if its turn had just come.
func Transmit(s *Service, call Call) { s.transmit(call) }

// Sweep does once what is due.
func Sweep(ctx context.Context, s *Service) error { return s.sweep(ctx, 0) }
